"""Test that the settings of a turn are written and read again."""

import json

from hypothesis import given
from hypothesis import strategies as st

from dungeon.memory.retrieval import Match
from dungeon.prompt import settings_record
from dungeon.prompt.settings_record import NOTHING, SettingsRecord
from dungeon.story import Adventure, StorySummary
from dungeon.text.cliches import default_cliches
from tests.rows import every_row

RECORD = SettingsRecord(
    format="chat",
    budget=1888,
    retrieval=True,
    matches=(Match("t3", ("rope", "beam")), Match("t7", ())),
    summarised=True,
    summary="s1",
    state_line="things",
    note_depth=2,
    dead=("the guard", "he"),
)


def test_what_is_written_is_read_back_equal() -> None:
    for recorded in (RECORD, SettingsRecord(budget=64), RECORD.with_phrases(("x",), is_free=True)):
        assert recorded.dump().isascii()
        assert settings_record.parse(recorded.dump()) == recorded
    assert NOTHING.dump() == ""
    assert settings_record.parse("") is None


@every_row("foreign", ["[]", "{", "[" * 9999, "{}", '{"budget": true}', '"x"'])
def test_a_foreign_record_is_none(foreign: str) -> None:
    assert settings_record.parse(foreign) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.dictionaries(st.sampled_from([*SettingsRecord.__slots__]), JSON))
def test_what_has_other_types_is_left_out(values: dict[str, object]) -> None:
    found = settings_record.parse(json.dumps({**values, "budget": 100}))
    assert found is not None
    assert settings_record.parse(found.dump()) == found


def test_phrases_are_kept_as_what_differs_from_the_cliches() -> None:
    usual = RECORD.with_phrases(default_cliches(), is_free=False)
    assert (usual.banned, usual.allowed) == ((), ())
    assert usual.banned_phrases == default_cliches()
    first, *others = default_cliches()
    own = RECORD.with_phrases((*others, "a wet hat"), is_free=False)
    assert (own.banned, own.allowed) == (("a wet hat",), (first,))
    assert own.banned_phrases == (*others, "a wet hat")
    assert RECORD.with_phrases((), is_free=False).banned_phrases == ()
    assert RECORD.with_phrases(others, is_free=True).banned_phrases == ()


def test_a_summary_that_is_gone_leaves_those_there_are() -> None:
    summaries = tuple(StorySummary(name, "t1", "t0", name) for name in ("s0", "s1"))
    adventure = Adventure("a", "T", summaries=summaries)
    assert [each.id for each in RECORD.as_told(adventure).summaries] == ["s1"]
    assert SettingsRecord(budget=64).as_told(adventure).summaries == ()
    assert SettingsRecord(budget=64, summary="gone").as_told(adventure).summaries == summaries
