import json
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon.dice import Attribute, DiceRules
from dungeon.errors import InputRefused
from dungeon.story import Adventure, Kind, Provenance, StorySummary, SummarySource, Turn
from dungeon.story.state_events import (
    MAX_EVENTS,
    Category,
    Change,
    Decision,
    Source,
    StateEvent,
)
from dungeon.text import clean, clean_line
from dungeon.transfer import grue_json
from tests.dungeon.saves import tales
from tests.rows import every_row

TEXTS = st.text(max_size=200).map(clean)
LINES = st.text(max_size=50).map(clean_line)
IDS = st.from_regex(r"[0-9a-f]{12}", fullmatch=True)
COUNTS = st.integers(0, 10**6)
SETTINGS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | TEXTS
    | st.floats(allow_nan=False, allow_infinity=False)
)
MOMENTS = st.integers(0, 2**37).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
PROVENANCES = st.builds(
    Provenance,
    model=LINES,
    seed=st.none() | st.integers(0, 2**64 - 1),
    sampling=st.dictionaries(LINES, SETTINGS | st.lists(SETTINGS, max_size=3), max_size=4),
    prompt_tokens=COUNTS,
    prompt_tokens_evaluated=COUNTS,
    tokens=COUNTS,
    milliseconds=COUNTS,
    attempts=COUNTS,
    ended=LINES,
    scripts=TEXTS,
    settings=TEXTS,
)


def events(turn_ids: st.SearchStrategy[str]) -> st.SearchStrategy[StateEvent]:
    """Draw decisions on changes of the state at any turn."""
    changes = st.builds(Change, st.sampled_from(Category), LINES.filter(bool), LINES, st.booleans())
    decisions, sources = st.sampled_from(Decision), st.sampled_from(Source)
    return st.builds(StateEvent, turn_ids, changes, decisions, sources)


@st.composite
def summaries(draw: st.DrawFn, turns: list[str]) -> tuple[StorySummary, ...]:
    """Draw summaries that are tied to some of these turns."""
    ids = draw(st.lists(IDS, unique=True, max_size=3)) if turns else []
    at = st.sampled_from(turns or [""])
    return tuple(
        StorySummary(
            each, draw(at), draw(at | st.just("")), draw(TEXTS),
            draw(st.sampled_from(SummarySource)), draw(st.booleans()), draw(MOMENTS),
        )
        for each in ids
    )  # fmt: skip


DICE = st.builds(
    DiceRules,
    st.integers(-5, 5).map(lambda modifier: (Attribute("luck", modifier, ("bet",)),)),
    st.booleans(),
    st.integers(2, 20),
)


@st.composite
def adventures(draw: st.DrawFn) -> Adventure:
    """Draw an adventure with any tree of turns and any place in it."""
    turns: dict[str, Turn] = {}
    for turn_id in draw(st.lists(IDS, unique=True, max_size=8)):
        parent = draw(st.sampled_from([None, *turns]))
        kind, created = draw(st.sampled_from(Kind)), draw(MOMENTS)
        turns[turn_id] = Turn(
            turn_id, parent, kind, draw(TEXTS), draw(TEXTS), draw(PROVENANCES), created
        )
    head, tip = draw(st.sampled_from([None, *turns])), draw(st.sampled_from([None, *turns]))
    of_name = st.lists(st.sampled_from([*turns] or [""]), min_size=1, unique=True).map(tuple)
    named = st.dictionaries(LINES, of_name) if turns else st.just({})
    happened = st.lists(events(st.sampled_from([*turns]))) if turns else st.just([])
    words = {"title": draw(LINES), "memory": draw(TEXTS), "note": draw(TEXTS)}
    return Adventure(
        id=draw(IDS),
        turns=MappingProxyType(turns),
        head=head,
        tip=tip,
        created=draw(MOMENTS),
        changed=draw(MOMENTS),
        checkpoints=MappingProxyType(draw(named)),
        origin=draw(LINES),
        tags=tuple(draw(st.lists(LINES.filter(bool), max_size=3))),
        favourite=draw(st.booleans()),
        note_depth=draw(st.integers(0, 50)),
        dice=draw(DICE),
        summaries=draw(summaries([*turns])),
        state_events=tuple(draw(happened)),
        **words,
    )


@given(adventures())
def test_what_is_written_is_read_back_equal(adventure: Adventure) -> None:
    again = grue_json.read("x.json", grue_json.write(adventure))
    assert again == adventure
    assert list(again.turns) == list(adventure.turns)
    assert grue_json.write(again) == grue_json.write(adventure)


@given(st.recursive(SETTINGS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_other_json_is_refused_with_its_file(document: Any) -> None:
    with pytest.raises(InputRefused, match=r"^x\.json"):
        grue_json.read("x.json", json.dumps(document))


@given(st.data())
def test_an_export_with_any_one_value_exchanged_is_refused_or_read(data: st.DataObject) -> None:
    document = json.loads(grue_json.write(tales.branched()))
    target: Any = document
    while isinstance(target, dict | list) and target:
        keys = list(target) if isinstance(target, dict) else list(range(len(target)))
        key = data.draw(st.sampled_from(keys))
        holder, target = target, target[key]
    holder[key] = data.draw(SETTINGS | st.just([]) | st.just({}))
    try:
        grue_json.read("x.json", json.dumps(document))
    except InputRefused as refusal:
        assert str(refusal).startswith("x.json")


def changed(path: str, value: object) -> str:
    """Return an export with the value at `path` replaced; `turns.2.kind`."""
    document = json.loads(grue_json.write(tales.branched()))
    *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
    holder: Any = document
    for step in way:
        holder = holder[step]
    holder[last] = value
    return json.dumps(document)


@every_row(
    ("path", "value", "place"),
    [
        ("version", 2, "x.json: was written by another Grue"),
        ("version", True, "x.json.version: must be an integer"),
        ("id", "../../x", "x.json.id: “../../x” is no id"),
        ("id", "x" * 65, "x.json.id"),
        ("title", 7, "x.json.title: must be a string"),
        ("title", "x" * 1001, "x.json.title: has more than 1000 characters"),
        ("memory", "\ud800", "x.json.memory: character 0 is half of a pair"),
        ("created", "2026-01-31T20:15:00", "x.json.created: must be a moment"),
        ("created", "0001-01-01T00:00:00+23:59", "x.json.created: must be a moment"),
        ("head", "nowhere", "x.json.head: “nowhere” is no turn known here"),
        ("tip", ["x"], "x.json.tip"),
        ("turns", {}, "x.json.turns: must be a list"),
        ("turns.1", [], "x.json.turns[1]: must be an object"),
        ("turns.1.kind", "dance", "x.json.turns[1].kind: “dance” is no kind of turn"),
        ("turns.1.parent", "later", "x.json.turns[1].parent"),
        ("turns.1.text", "Other.", "x.json.turns[1].sha256: the turn is not what was written"),
        ("turns.1.text", "a\udcffb", "x.json.turns[1].text: character 1 is half"),
        ("turns.1.extra", 1, "x.json.turns[1]: has a field “extra”"),
        ("turns.1.provenance.tokens", 1.5, "x.json.turns[1].provenance.tokens: must be an int"),
        ("turns.1.provenance.seed", 2**70, "x.json.turns[1].provenance.seed: is too large"),
        ("turns.1.provenance.sampling", [], "x.json.turns[1].provenance.sampling: must be"),
        ("turns.1.provenance.sampling.a", {"b": 1}, "x.json.turns[1].provenance.sampling.a"),
        ("turns.1.provenance.sampling.a", [[1]], "x.json.turns[1].provenance.sampling.a"),
        ("turns.1.provenance.why", 1, "x.json.turns[1].provenance: has a field “why”"),
        ("extra", 1, "x.json: has a field “extra” that Grue does not know"),
        ("\x1b[2Jextra", 1, "x.json: has a field “[2Jextra”"),
    ],
)
def test_an_error_names_the_place(path: str, value: object, place: str) -> None:
    with pytest.raises(InputRefused) as raised:
        grue_json.read("x.json", changed(path, value))
    assert str(raised.value).startswith(place)


def test_a_duplicate_turn_is_refused() -> None:
    document = json.loads(grue_json.write(tales.branched()))
    document["turns"].append(document["turns"][0])
    with pytest.raises(InputRefused, match="twice"):
        grue_json.read("x.json", json.dumps(document))


def test_too_many_turns_are_refused_before_they_are_parsed() -> None:
    with pytest.raises(InputRefused, match="more than 100,000 turns"):
        grue_json.read("x.json", changed("turns", [0] * 100_001))


def test_the_decisions_of_many_edited_lines_are_read_back() -> None:
    adventure = tales.opened()
    change = Change(Category.ITEM, "a lamp")
    event = StateEvent(str(adventure.head), change, Decision.ACCEPTED, Source.PLAYER)
    adventure = replace(adventure, state_events=(event,) * (MAX_EVENTS + 1))
    again = grue_json.read("x.json", grue_json.write(adventure))
    assert len(again.state_events) == MAX_EVENTS + 1


@every_row(
    ("text", "what"),
    [
        ("[" * 200_000, "too deep"),
        ('{"a":' * 200_000, "too deep"),
        ('{"a": NaN}', "NaN is no JSON number"),
        ('{"a": -Infinity}', "-Infinity is no JSON number"),
        ('{"a": 1e999}', "too large"),
        ('{"a": ' + "9" * 5_000 + "}", "more digits"),
        ('{"a": 1, "a": 2}', "“a” stands twice"),
        ('{"a": 1', "line 1, column 8"),
        ("{}", "not an adventure"),
        ("[]", "must be an object"),
        ('{"format": ["grue adventure"]}', "not an adventure"),
    ],
)
def test_hostile_json_is_refused(text: str, what: str) -> None:
    with pytest.raises(InputRefused, match=f"^x.json.*{what}"):
        grue_json.read("x.json", text)


def test_control_characters_are_dropped_after_the_hash_is_verified() -> None:
    turn = Turn("a1", None, Kind.OPENING, "", "Red \x1b[31mlight.", created=tales.BEGINNING)
    adventure = replace(
        tales.opened(title="T\x1b]0;x\x07"), turns={turn.id: turn}, head=turn.id, tip=turn.id
    )
    read = grue_json.read("x.json", grue_json.write(adventure))
    assert read.turns["a1"].text == "Red [31mlight."
    assert read.title == "T]0;x"


def test_an_older_export_may_lack_newer_fields() -> None:
    document = json.loads(grue_json.write(tales.opened()))
    del document["turns"][0]["provenance"]["ended"]
    assert grue_json.read("x.json", json.dumps(document)).turns


def test_times_of_other_zones_become_utc() -> None:
    text = changed("created", "2026-01-31T21:15:00+01:00")
    created = grue_json.read("x.json", text).created
    assert created == datetime(2026, 1, 31, 20, 15, tzinfo=UTC)
