"""Test what follows an edited turn onto its branch."""

from dataclasses import replace

from dungeon.story import Adventure, Kind, Provenance, StorySummary, SummarySource, Turn
from dungeon.story.edited_line import edited_line, originals, turns_after
from dungeon.story.play_statistics import measure
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent

ROPE = Change(Category.ITEM, "a rope")
LAMP = Change(Category.ITEM, "a lamp")


def story(count: int = 4) -> Adventure:
    """Return an adventure of turns `t0`, `t1`, …, each of which was told from `t0` on."""
    adventure = Adventure("a", "The Boathouse")
    for number in range(count):
        parent = f"t{number - 1}" if number else None
        kind = Kind.DO if number else Kind.OPENING
        made = Provenance(model="smol@abc", prompt_first_turn="t1" if number > 1 else "t0")
        turn = Turn(f"t{number}", parent, kind, f"You do {number}.", f"Passage {number}.", made)
        adventure = adventure.with_turn(turn)
    return adventure


def edited(adventure: Adventure, turn_id: str = "t1", found: tuple[Change, ...] = ()) -> Adventure:
    """Return the adventure after an edit of a turn."""
    old = adventure.turns[turn_id]
    line = edited_line(adventure, old, replace(old, id="new", text="Mine."), found)
    return line.add_to(adventure)


def test_later_turns_are_copied_and_the_old_line_stays() -> None:
    before = story()
    after = edited(before)
    assert [turn.text for turn in after.path()] == [
        "Passage 0.",
        "Mine.",
        "Passage 2.",
        "Passage 3.",
    ]
    assert [turn.action for turn in after.path()][2:] == ["You do 2.", "You do 3."]
    assert before.turns.items() <= after.turns.items()
    assert [turn.id for turn in after.path_to("t3")] == ["t0", "t1", "t2", "t3"]
    second, third = after.path()[2:]
    assert (second.provenance.carried_from, third.provenance.carried_from) == ("t2", "t3")
    assert third.provenance.prompt_first_turn == "new"
    assert third.created == before.turns["t3"].created


def test_the_player_stays_where_they_stood() -> None:
    here = edited(story().with_head("t2"))
    assert [turn.text for turn in here.path()] == ["Passage 0.", "Mine.", "Passage 2."]
    assert [turn.text for turn in here.undone()] == ["Passage 3."]
    before = edited(story().with_head("t0"))
    assert [turn.text for turn in before.path()] == ["Passage 0.", "Mine."]
    assert len(before.undone()) == 2


def test_a_turn_of_another_branch_takes_its_own_line_along() -> None:
    adventure = story()
    for name, parent in (("s2", "t1"), ("s3", "s2")):
        adventure = adventure.with_turn(Turn(name, parent, Kind.DO, "You go.", f"At {name}."))
    adventure = adventure.with_head("s3")
    assert [turn.id for turn in turns_after(adventure, "t2")] == ["t3"]
    assert [turn.id for turn in turns_after(adventure, "t1")] == ["s2", "s3"]
    after = edited(adventure, "t2")
    assert [turn.text for turn in after.path()][1:] == ["Passage 1.", "Mine."]
    assert [turn.text for turn in after.undone()] == ["Passage 3."]


def test_decisions_go_along_and_those_on_the_edited_turn_where_they_still_hold() -> None:
    def event(turn: str, change: Change, source: Source = Source.RULE) -> StateEvent:
        return StateEvent(turn, change, Decision.ACCEPTED, source)

    events = (
        event("t0", LAMP),
        event("t1", ROPE),
        event("t1", LAMP),
        event("t1", Change(Category.QUEST, "find the ring"), Source.PLAYER),
        event("t3", ROPE),
    )
    after = edited(replace(story(), state_events=events), found=(LAMP,))
    added = after.state_events[len(events) :]
    last = after.path()[-1].id
    assert [(each.turn, each.change.name) for each in added] == [
        ("new", "a lamp"),
        ("new", "find the ring"),
        (last, "a rope"),
    ]


def test_summaries_go_along_unless_they_tell_the_edited_turn() -> None:
    def summary(
        name: str, covers: str, source: SummarySource, *, pinned: bool = False
    ) -> StorySummary:
        return StorySummary(name, "t3", covers, f"Summary {name}.", source, pinned)

    summaries = (
        summary("1", "t0", SummarySource.EXTRACTIVE),
        summary("2", "t1", SummarySource.EXTRACTIVE),
        summary("3", "t2", SummarySource.PLAYER),
        summary("4", "t2", SummarySource.MODEL, pinned=True),
    )
    after = edited(replace(story(), summaries=summaries))
    added = after.summaries[len(summaries) :]
    assert [each.text for each in added] == ["Summary 1.", "Summary 3.", "Summary 4."]
    assert {each.turn for each in added} == {after.path()[-1].id}
    assert [each.covers for each in added] == ["t0", *[after.path()[2].id] * 2]
    assert not {each.id for each in added} & {each.id for each in summaries}


def test_names_go_along_and_stay() -> None:
    names = {"start": ("t0",), "here": ("t1",), "end": ("t3",)}
    after = edited(replace(story(), checkpoints=names))
    last = after.path()[-1].id
    assert after.checkpoints == {"start": ("t0",), "here": ("t1", "new"), "end": ("t3", last)}


def test_copies_of_copies_lead_to_what_was_played() -> None:
    once = edited(story())
    old = once.path()[1]
    twice = edited_line(once, old, replace(old, id="newer"), ()).add_to(once)
    *_, first = originals(twice, twice.path()[-1])
    assert first.id == "t3"
    assert len(list(originals(twice, twice.path()[-1]))) == 3
    one, other = (
        Turn(name, None, Kind.DO, "", "", Provenance(carried_from=of))
        for name, of in (("x", "y"), ("y", "x"))
    )
    circle = Adventure("b", "Circle", turns={"x": one, "y": other})
    assert [turn.id for turn in originals(circle, one)] == ["x", "y"]


def test_statistics_count_a_turn_once() -> None:
    played = story()
    before, after = measure(played), measure(edited(played))
    assert after.all_turns == before.all_turns + 1
    assert after.words == before.words + len("You do 1. Mine.".split())
    assert after.played == before.played
