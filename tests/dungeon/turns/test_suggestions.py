"""Test that suggested actions are new, different and whole."""

from dungeon.generator.scripted import ScriptedGenerator
from dungeon.settings.sampling import Sampling
from dungeon.turns.suggestions import MAX_ATTEMPTS, suggest


async def actions(*lines: str, earlier: tuple[str, ...] = ()) -> list[str]:
    generator = ScriptedGenerator(lines)
    found = await suggest(generator, "It rains.", Sampling(), seed=1, earlier=earlier)
    assert all(each.prompt == "It rains.\n\n> You" for each in generator.requests)
    assert len({each.seed for each in generator.requests}) == len(generator.requests)
    return [action.text for action in found]


async def test_three_different_actions_are_suggested() -> None:
    found = await actions(
        " open the door.", " open the  door!", " go north. It is cold.",
        " look around.", ' say "Hello."', " wait.", earlier=("You look around.",),
    )  # fmt: skip
    assert found == ["You open the door.", "You go north.", 'You say "Hello."']


async def test_what_says_nothing_or_is_cut_is_left_out() -> None:
    cut = " walk" + " and walk" * 40
    found = await actions("", ".", cut, " wait." + cut, *["."] * MAX_ATTEMPTS)
    assert found == ["You wait."]


async def test_a_line_without_a_stop_is_a_whole_one() -> None:
    found = await actions(" open the gate\n\nIt opens.", *["."] * MAX_ATTEMPTS)
    assert found == ["You open the gate."]
