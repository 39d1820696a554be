"""Test that patterns are compiled whole only where a clause may match, and match as they would."""

import re

from dungeon.state.clauses import clauses
from dungeon.state.phrases import BOUNDARY, END, NAME, PHRASE, Pattern


def test_a_pattern_is_compiled_where_a_clause_may_match():
    pattern = Pattern(rf"sing (?P<what>{PHRASE}) aloud", you=True)
    for text in ("You take the lamp.", "You sing and dance.", "He sings the old song aloud."):
        assert not any(map(pattern.match, clauses(text)))
    assert "_exact" not in vars(pattern)
    assert any(map(pattern.match, clauses("You sing the old song aloud.")))


def test_no_match_is_lost():
    source = rf"(?:{PHRASE}|{NAME}) (?:gives|hands) you (?P<what>{PHRASE}(?:, {PHRASE})*){BOUNDARY}"
    pattern, matched = Pattern(rf"{source}.*{END}"), 0
    for text in (
        "Mr. Hobbs gives you the lamp.",
        "The miller's wife hands you a cup of old wine, a knife and more.",
        "Old Bram gives you your sister's red-hot poker with a bow.",
        "The miller gives you it.",
        "He gives you the lamp.",
    ):
        (clause, *_) = clauses(text)
        matched += bool(re.match(source, clause.text))
        assert bool(pattern.match(clause)) == bool(re.match(source, clause.text))
    assert matched == 3
