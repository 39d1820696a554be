"""Tests of what a text must contain to match a pattern."""

import re

import pytest

from dungeon.state.clauses import clauses
from dungeon.state.phrases import PHRASE, STOP_WORDS, Pattern
from dungeon.state.required_parts import has_parts, required_parts


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("take (?:XX|it) now", (r"\Atake ", " now")),
        ("(?:XX)? ?dies", (" ?dies",)),
        (
            "(?P<you>[Yy]ou )?give (?:(?:XX)+?){1,2}?(?=[.,)]|$)",
            (r"\A(?P<you>[Yy]ou )?give ", "(?=[.,)]|$)"),
        ),
        (r"a\(b[](|]XX(?:XX)\)?[^]]c", (r"\Aa\(b[](|]XX", r"\)?[^]]c")),
        ("a(?:b|c)d|e(?:XX)", ()),
        ("(?:XX){0,3}", ()),
        ("plain", (r"\Aplain",)),
        ("", ()),
    ],
)
def test_the_parts_between_costly_groups_are_required(pattern, parts):
    assert required_parts(pattern, "XX") == parts


def test_no_match_is_lost():
    pattern = rf"(?P<you>[Yy]ou )?(?:take|grab) (?P<what>{PHRASE})(?: at (?:once|last))?(?=[.!])"
    parts = required_parts(pattern, STOP_WORDS)
    assert len(parts) == 2
    matched = 0
    for text in (
        "You take the lamp.",
        "take a cup of old wine at once!",
        "take the lamp to the mill",
        "You put the lamp away.",
        "We take the lamp.",
        "You take them.",
    ):
        if re.match(pattern, text):
            matched += 1
            assert has_parts(text, parts)
    assert matched == 2


def test_a_pattern_is_compiled_where_a_clause_has_its_parts():
    pattern = Pattern(rf"sing (?P<what>{PHRASE}) aloud", you=True)
    for text in ("You take the lamp.", "You sing and dance."):
        assert not any(map(pattern.match, clauses(text)))
    assert "_pattern" not in vars(pattern)
    assert any(map(pattern.match, clauses("You sing the old song aloud.")))
