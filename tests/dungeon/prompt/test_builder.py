"""Tests of the prompt: what stands in it, where, and that its front stands still."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon.errors import SavesError
from dungeon.memory.retrieval import FindMatches, Match
from dungeon.prompt.builder import build_prompt
from dungeon.prompt.context import Context
from dungeon.prompt.inputs import PromptInputs
from dungeon.prompt.token_counter import TokenCounter
from dungeon.session.views import note_place
from dungeon.story import Action, Adventure, Kind, Turn
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent

DEED = Action(Kind.DO, "You open the door.")


async def words(text: str) -> int:
    return len(text.split())


async def built(adventure: Adventure, action: Action | None, **options: Any) -> Context:
    return await build_prompt(PromptInputs(adventure, action, **{"count": words} | options))


def adventure(turns: int, *, size: int = 20, memory: str = "", note: str = "") -> Adventure:
    story = Adventure("a", "T", memory=memory, note=note)
    parent = None
    for n in range(turns):
        kind = Kind.DO if n else Kind.OPENING
        text = " ".join(f"w{n}" for _ in range(size)) + "."
        story = story.with_turn(Turn(str(n), parent, kind, f"You act {n}." if n else "", text))
        parent = str(n)
    return story


async def test_the_parts_are_in_order() -> None:
    story = adventure(2, size=2, memory="You are Rowan.", note="Be brief.")
    context = await built(story, DEED, budget=200)
    assert context.prompt == (
        "You are Rowan.\n\nw0 w0.\n\n> You act 1.\n\nw1 w1.\n\n"
        "[Author's note: Be brief.]\n\n> You open the door."
    )
    assert [part.name for part in context.parts] == ["memory", "story", "note", "action"]
    assert context.tokens == len(context.prompt.split())
    assert context.left_out == 0


async def test_going_on_ends_with_the_story() -> None:
    context = await built(adventure(2, size=2), None, budget=100)
    assert context.prompt.endswith("w1 w1.")


async def test_the_unconditional_prompt_ends_before_what_the_player_does() -> None:
    story = adventure(2, size=2, note="Be brief.")
    ahead = await built(story, None, budget=200)
    assert ahead.unconditional_prompt == ahead.prompt
    for kind in (Kind.DO, Kind.SAY):
        asked = await built(story, Action(kind, "You nod."), budget=200)
        assert asked.unconditional_prompt == ahead.prompt
    for kind, text in ((Kind.CONTINUE, ""), (Kind.STORY, "A bell rings.")):
        asked = await built(story, Action(kind, text), budget=200)
        assert asked.unconditional_prompt == ""


async def test_the_front_stays_the_same_until_the_budget_is_full() -> None:
    """What makes the prefix cache hold: the start moves rarely, and then far."""
    starts, first = [], None
    for turns in range(2, 120):
        context = await built(adventure(turns), DEED, budget=400, first=first)
        assert context.tokens <= 400
        first = context.first
        starts.append(context.left_out)
    moves = [b - a for a, b in itertools.pairwise(starts) if b != a]
    assert len(moves) < len(starts) / 5
    assert min(moves) >= 5


async def test_reading_ahead_and_asking_share_their_beginning() -> None:
    for turns in range(2, 60):
        story = adventure(turns, note="Be brief.")
        ahead = await built(story, None, budget=400, reserve=30)
        asked = await built(story, DEED, budget=400, first=ahead.first)
        assert asked.prompt.startswith(ahead.prompt)


async def test_what_is_too_long_is_cut_and_said_so() -> None:
    story = adventure(3, size=500, memory="m " * 900, note="n " * 300)
    context = await built(story, DEED, budget=200)
    assert context.tokens <= 200
    assert {part.name: part.cut for part in context.parts} == {
        "memory": True,
        "story": True,
        "note": True,
        "action": False,
    }
    assert context.prompt.endswith("> You open the door.")


async def test_the_newest_turn_survives_any_cut() -> None:
    context = await built(adventure(50), DEED, budget=60)
    assert "w49" in context.prompt
    assert context.first == "49"


async def test_a_turn_is_counted_once() -> None:
    asked: list[str] = []

    async def count(text: str) -> int:
        asked.append(text)
        return len(text.split())

    counter = TokenCounter(count)
    story = adventure(20)
    await built(story, DEED, budget=1000, count=counter)
    before = len(asked)
    await built(story, DEED, budget=1000, count=counter)
    assert len(asked) == before


async def test_a_foreign_first_turn_is_no_harm() -> None:
    context = await built(adventure(5), DEED, budget=900, first="gone")
    assert context.left_out == 0


@pytest.mark.parametrize("kind", [Kind.SAY, Kind.STORY, Kind.CONTINUE])
async def test_each_kind_of_action_has_its_form(kind: Kind) -> None:
    text = "" if kind is Kind.CONTINUE else "Rain falls."
    context = await built(adventure(1), Action(kind, text), budget=100)
    ending = {
        Kind.SAY: "> Rain falls.",
        Kind.STORY: "\n\nRain falls.",
        Kind.CONTINUE: "w0.",
    }
    assert context.prompt.endswith(ending[kind])


@given(
    st.integers(0, 12),
    st.integers(0, 300),
    st.text("ab \n>", max_size=400),
    st.text("ab \n>", max_size=400),
    st.integers(40, 500),
)
async def test_the_budget_is_kept_whatever_comes(
    turns: int, size: int, memory: str, note: str, budget: int
) -> None:
    story = replace(adventure(turns, size=size), memory=memory, note=note)
    context = await built(story, DEED, budget=budget)
    assert context.tokens <= budget
    marked = [line for line in context.prompt.split("\n") if line.startswith(">")]
    assert all(line.startswith(("> You act", "> You open")) or "act" in line for line in marked)


def finding(*ids: str) -> FindMatches:
    """Return a search that finds the turns of `ids` where they are left out, best first."""

    async def find(words: Sequence[str], left_out: Sequence[Turn]) -> list[Match]:
        there = {turn.id for turn in left_out}
        return [Match(turn_id, tuple(words)) for turn_id in ids if turn_id in there]

    return find


async def test_earlier_turns_are_quoted_after_the_memory_in_the_order_of_the_story() -> None:
    story = adventure(60, size=8, memory="You are Rowan.", note="Be brief.")
    context = await built(story, DEED, budget=500, find=finding("7", "2"))
    names = [part.name for part in context.parts]
    assert names == ["memory", "earlier", "story", "note", "action"]
    assert context.prompt.startswith(
        "You are Rowan.\n\n[Earlier in the story: You act 2. w2 w2 w2 w2 w2 w2 w2 w2.]\n\n"
        "[Earlier in the story: You act 7. w7"
    )
    assert [(each.number, each.match.words) for each in context.quoted] == [
        (3, ("open", "door")),
        (8, ("open", "door")),
    ]
    assert context.tokens <= 500
    assert context.left_out > 7


async def test_in_a_small_context_fewer_turns_are_quoted_rather_than_shorter_ones() -> None:
    story = adventure(50, size=8)
    context = await built(story, DEED, budget=400, find=finding("7", "2"))
    assert [each.match.turn_id for each in context.quoted] == ["7"]


async def test_only_turns_outside_the_context_are_searched() -> None:
    async def find(words: Sequence[str], left_out: Sequence[Turn]) -> list[Match]:
        searched.append(list(left_out))
        return []

    searched: list[list[Turn]] = []
    short = adventure(3)
    context = await built(short, DEED, budget=400, find=find)
    assert (searched, context.left_out) == ([], 0)
    story = adventure(50)
    context = await built(story, DEED, budget=400, find=find)
    assert searched == [list(story.path()[: context.left_out])]


async def test_quotations_keep_to_their_share() -> None:
    story = adventure(50, size=60)
    context = await built(story, DEED, budget=400, find=finding("0"))
    assert context.quoted == ()  # its only sentence is longer than that
    find = finding("1", "2", "3")
    context = await built(story, DEED, budget=400, find=find)
    assert next(each.text for each in context.quoted) == "[Earlier in the story: You act 1.]"
    context = await built(adventure(60), DEED, budget=400, find=find)
    earlier = next(part for part in context.parts if part.name == "earlier")
    assert 0 < earlier.tokens <= 400 * 0.12


async def test_with_quotations_the_front_still_stays_the_same() -> None:
    """The quoted turns change only with the best match, or when the story is trimmed anyway."""
    fronts, starts, first, quoted = [], [], None, ()
    for turns in range(2, 120):
        find = finding("3", str(turns % 3))
        context = await built(
            adventure(turns), DEED, budget=400, first=first, find=find, quoted=quoted
        )
        assert context.tokens <= 400
        first, quoted = context.first, [each.match for each in context.quoted]
        fronts.append(context.prompt[:300])
        starts.append(context.left_out)
    changes = sum(a != b for a, b in itertools.pairwise(fronts[20:]))
    moves = sum(a != b for a, b in itertools.pairwise(starts[20:]))
    assert 0 < changes <= moves


async def test_the_prefetched_prompt_has_the_same_quotations() -> None:
    find, first, quoted = finding("3", "1"), None, ()
    for turns in range(2, 60):
        story = adventure(turns, note="Be brief.")
        ahead = await built(
            story, None, budget=400, reserve=30, first=first, find=find, quoted=quoted
        )
        quoted = [each.match for each in ahead.quoted]
        asked = await built(story, DEED, budget=400, first=ahead.first, find=find, quoted=quoted)
        assert asked.prompt.startswith(ahead.prompt)
        first, quoted = asked.first, [each.match for each in asked.quoted]
    assert quoted


async def test_a_search_that_fails_costs_no_turn_and_is_told() -> None:
    async def find(words: Sequence[str], left_out: Sequence[Turn]) -> list[Match]:
        raise SavesError("The file is locked.")

    context = await built(adventure(50), DEED, budget=400, find=find)
    assert context.quoted == ()
    assert context.search_error == "The file is locked."
    assert context.prompt.endswith("> You open the door.")


async def test_the_note_stands_as_many_turns_before_the_end_as_it_is_deep() -> None:
    story = replace(adventure(3, size=1, note="Be brief."), note_depth=2)
    note = "[Author's note: Be brief.]"
    context = await built(story, DEED, budget=200)
    assert context.prompt == (
        f"w0.\n\n{note}\n\n> You act 1.\n\nw1.\n\n> You act 2.\n\nw2.\n\n> You open the door."
    )
    assert [part.name for part in context.parts] == ["story", "note", "recent", "action"]
    assert note_place(context) == "2 turns before the end"
    assert (context.note_depth, context.tokens) == (2, len(context.prompt.split()))
    deeper = await built(replace(story, note_depth=50), DEED, budget=200)
    assert deeper.prompt == context.prompt  # a turn stands before it
    without = await built(replace(story, note=""), DEED, budget=200)
    assert without.note_depth == 0
    long = replace(adventure(1, size=300, note="Be brief."), note_depth=2)
    cut = await built(long, DEED, budget=90)
    assert cut.prompt.endswith(f"{note}\n\n> You open the door.")


async def test_the_confirmed_state_stands_before_the_action_within_its_budget() -> None:
    told = adventure(2, size=2)
    events = [
        StateEvent("1", Change(category, name, value), decision, Source.PLAYER)
        for category, name, value, decision in (
            (Category.PLACE, "in the mill", "", Decision.ACCEPTED),
            (Category.ITEM, "a lamp", "", Decision.SUGGESTED),
            (Category.PERSON, "the dragon", "is dead", Decision.ACCEPTED),
        )
    ]
    told = told.with_changes({"new_state_events": tuple(events)})
    context = await built(told, DEED, budget=400, state_line="all")
    assert "The dragon is dead. You are in the mill.\n\n> " in context.prompt
    assert "lamp" not in context.prompt
    things = await built(told, DEED, budget=400, state_line="things")
    assert "w1.\n\nYou are in the mill.\n\n> " in things.prompt
    small = await built(told, DEED, budget=90, state_line="all")
    [part] = [part for part in small.parts if part.name == "state"]
    assert (part.text, part.cut) == ("The dragon is dead.", True)
