"""Tests of the prompt: what stands in it, where, and that its front stands still."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon.prompt_builder import TokenCounter, build_prompt
from dungeon.story import Action, Adventure, Kind, Turn

DEED = Action(Kind.DO, "You open the door.")


async def words(text: str) -> int:
    return len(text.split())


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
    context = await build_prompt(story, DEED, budget=200, count=words)
    assert context.prompt == (
        "You are Rowan.\n\nw0 w0.\n\n> You act 1.\n\nw1 w1.\n\n"
        "[Author's note: Be brief.]\n\n> You open the door."
    )
    assert [part.name for part in context.parts] == ["memory", "story", "note", "action"]
    assert context.tokens == len(context.prompt.split())
    assert context.left_out == 0


async def test_going_on_ends_with_the_story() -> None:
    context = await build_prompt(adventure(2, size=2), None, budget=100, count=words)
    assert context.prompt.endswith("w1 w1.")


async def test_the_front_stays_the_same_until_the_budget_is_full() -> None:
    """What makes the prefix cache hold: the start moves rarely, and then far."""
    starts, first = [], None
    for turns in range(2, 120):
        context = await build_prompt(adventure(turns), DEED, budget=400, count=words, first=first)
        assert context.tokens <= 400
        first = context.first
        starts.append(context.left_out)
    moves = [b - a for a, b in itertools.pairwise(starts) if b != a]
    assert len(moves) < len(starts) / 5
    assert min(moves) >= 5


async def test_reading_ahead_and_asking_share_their_beginning() -> None:
    for turns in range(2, 60):
        story = adventure(turns, note="Be brief.")
        ahead = await build_prompt(story, None, budget=400, count=words, reserve=30)
        asked = await build_prompt(story, DEED, budget=400, count=words, first=ahead.first)
        assert asked.prompt.startswith(ahead.prompt)


async def test_what_is_too_long_is_cut_and_said_so() -> None:
    story = adventure(3, size=500, memory="m " * 900, note="n " * 300)
    context = await build_prompt(story, DEED, budget=200, count=words)
    assert context.tokens <= 200
    assert {part.name: part.cut for part in context.parts} == {
        "memory": True,
        "story": True,
        "note": True,
        "action": False,
    }
    assert context.prompt.endswith("> You open the door.")


async def test_the_newest_turn_survives_any_cut() -> None:
    context = await build_prompt(adventure(50), DEED, budget=60, count=words)
    assert "w49" in context.prompt
    assert context.first == "49"


async def test_a_turn_is_counted_once() -> None:
    asked: list[str] = []

    async def count(text: str) -> int:
        asked.append(text)
        return len(text.split())

    counter = TokenCounter(count)
    story = adventure(20)
    await build_prompt(story, DEED, budget=1000, count=counter)
    before = len(asked)
    await build_prompt(story, DEED, budget=1000, count=counter)
    assert len(asked) == before


async def test_a_foreign_first_turn_is_no_harm() -> None:
    context = await build_prompt(adventure(5), DEED, budget=900, count=words, first="gone")
    assert context.left_out == 0


@pytest.mark.parametrize("kind", [Kind.SAY, Kind.STORY, Kind.CONTINUE])
async def test_each_kind_of_action_has_its_form(kind: Kind) -> None:
    text = "" if kind is Kind.CONTINUE else "Rain falls."
    context = await build_prompt(adventure(1), Action(kind, text), budget=100, count=words)
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
    context = await build_prompt(story, DEED, budget=budget, count=words)
    assert context.tokens <= budget
    marked = [line for line in context.prompt.split("\n") if line.startswith(">")]
    assert all(line.startswith(("> You act", "> You open")) or "act" in line for line in marked)
