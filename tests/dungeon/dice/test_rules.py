"""Test the dice rules: as they are typed, in files, and in the saves."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dungeon.dice import Attribute, DiceRules, load_rules, read_rules
from dungeon.dice.rules import DEFAULT_RULES
from dungeon.dice.rules_text import change_rules, describe_rules
from dungeon.errors import InputRefused
from tests.rows import every_row

NAMES = st.sampled_from(["strength", "Wits", "luck", "Glück", "hand-to-hand", "zeal", "o’clock"])
ATTRIBUTES = st.builds(
    Attribute,
    NAMES,
    st.integers(-5, 5),
    st.lists(st.sampled_from(["hack", "open", "sing"]), unique=True).map(tuple),
)
RULES = st.builds(
    DiceRules,
    st.lists(ATTRIBUTES, max_size=5, unique_by=lambda each: each.name).map(tuple),
    st.booleans(),
    st.integers(2, 20),
)


@settings(max_examples=40)
@given(RULES)
def test_rules_come_back_from_the_saves_from_a_file_and_from_what_is_typed(
    rules: DiceRules,
) -> None:
    assert load_rules(rules.dump()) == rules
    assert read_rules(json.loads(json.dumps(rules.to_dict())), "x") == rules
    entries = [each.typed for each in rules.attributes]
    entries += [f"risky {'on' if rules.risky else 'off'}", f"threshold {rules.threshold}"]
    typed, _ = change_rules(DiceRules(()), ", ".join(entries))
    assert typed == rules


def test_rules_are_changed_as_they_are_typed() -> None:
    rules, said = change_rules(
        DEFAULT_RULES, "strength 2, wits -1, charm -, hacking +3 hack decode, risky, threshold 12"
    )
    assert rules == DiceRules(
        (
            Attribute("strength", 2),
            Attribute("dexterity"),
            Attribute("wits", -1),
            Attribute("hacking", 3, ("hack", "decode")),
        ),
        risky=True,
        threshold=12,
    )
    assert said == (
        "Risky actions roll: a die of 20 and the attribute have to reach 12. "
        "Attributes: strength +2, dexterity 0, wits −1, hacking +3."
    )
    kept, _ = change_rules(rules, "HACKING 1")
    assert kept.find("hacking") == Attribute("hacking", 1, ("hack", "decode"))
    assert change_rules(rules, "default") == (DEFAULT_RULES, describe_rules(DEFAULT_RULES))
    assert change_rules(rules, "") == (rules, said)


@every_row(
    ("typed", "why"),
    [
        ("strength 6", "from -5 to 5"),
        ("strength", "Say a number"),
        ("strength much", "Say a number"),
        ("luck -", "no attribute"),
        ("threshold 1", "from 2 to 20"),
        ("threshold high", "from 2 to 20"),
        ("risky maybe", "on or off"),
        ("risky on 2", "on or off"),
        ("threshold 12 13", "from 2 to 20"),
        ("default 2", "stands alone"),
        ("hacking 2 h4ck", "one word"),
        ("3 3", "one word"),
        (", ".join(f"a{n} 1" for n in "bcdefghijk"), "at most 12"),
        ("x" * 2000, "at most 1,000"),
        (f"hacking 1 {' '.join('abcdefghijklmnopqrstu'[n] * 2 for n in range(21))}", "20 verbs"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(typed: str, why: str) -> None:
    with pytest.raises(InputRefused, match=why):
        change_rules(DEFAULT_RULES, typed)


@every_row(
    ("value", "why"),
    [
        ([], "must be a table"),
        ({"sides": 6}, "no key `sides`"),
        ({"risky": 1}, "true or false"),
        ({"threshold": True}, "from 2 to 20"),
        ({"attributes": [1]}, "names and numbers"),
        ({"attributes": {"wits": True}}, "from -5 to 5"),
        ({"attributes": {"wits": {"modifier": 1, "verb": []}}}, "no key `verb`"),
        ({"attributes": {"wits": {"verbs": "hack"}}}, "must be a list"),
        ({"attributes": {"wits": 1, "Wits": 2}}, "twice"),
        ({"attributes": {"two words": 1}}, "one word"),
        ({"attributes": {"Risky": 1}}, "other than risky, threshold, default"),
    ],
)
def test_a_file_with_other_rules_is_refused_with_its_place(value: object, why: str) -> None:
    with pytest.raises(InputRefused, match=rf"^well\.toml: `dice`.*{why}"):
        read_rules(value, "well.toml: `dice`")


@every_row("stored", ["{", "[]", '{"risky": 3}', "[" * 100_000])
def test_the_defaults_stand_in_for_damaged_rules_which_are_kept(stored: str) -> None:
    rules = load_rules(stored)
    assert rules == DiceRules(unreadable=stored)
    assert rules.dump() == stored
    assert change_rules(rules, "")[0] == rules
    assert change_rules(rules, "luck 1")[0] == change_rules(DEFAULT_RULES, "luck 1")[0]
