"""Test that suggested actions are new, different, whole, and about what is there."""

from dungeon.generator.scripted import ScriptedGenerator
from dungeon.settings.sampling import Sampling
from dungeon.turns.suggested_line import Relevance, score_line
from dungeon.turns.suggestions import MAX_ATTEMPTS, suggest
from tests.rows import every_row

STORY = "It rains. A door stands open, and an old guard with a brass lamp looks at you."


async def actions(*lines: str, earlier: tuple[str, ...] = (), seed: int = 0) -> list[str]:
    generator = ScriptedGenerator([*lines, *["."] * MAX_ATTEMPTS])
    found = await suggest(
        generator, "It rains.", Sampling(), seed=seed, earlier=earlier, story=STORY
    )
    assert all(each.prompt.startswith("It rains.\n\n> You") for each in generator.requests)
    assert len({each.seed for each in generator.requests}) == len(generator.requests)
    assert len(generator.requests) <= MAX_ATTEMPTS
    return [action.text for action in found]


async def test_the_model_is_led_by_a_verb_every_second_time() -> None:
    found = await actions(
        " open the door.", " the guard about the lamp.",
        " open the  door!", " the lamp.", " go north.", earlier=("You take the lamp.",),
    )  # fmt: skip
    assert found == [
        "You open the door.",
        "You ask the guard about the lamp.",
        "You look at the lamp.",
    ]


async def test_what_is_there_goes_before_what_is_not_and_different_things_before_the_same() -> None:
    found = await actions(" go north.", " about it,", " drop the lamp.", " the lamp.")
    assert found == ["You drop the lamp.", "You go north.", "You look at the lamp."]


async def test_what_says_nothing_or_is_cut_is_left_out() -> None:
    cut = " walk" + " and walk" * 40
    assert await actions("", ".", cut, ".", " wait." + cut) == ["You wait."]


async def test_a_line_without_a_stop_is_a_whole_one() -> None:
    assert await actions(" open the door\n\nIt opens.") == ["You open the door."]


@every_row(
    ("line", "text", "relevance"),
    [
        ("You take the brass lamp", "You take the brass lamp.", "GOOD"),
        ("You ask the guard about his lamp", "You ask the guard about his lamp.", "GOOD"),
        ("You open the door, and it rains in.", "You open the door.", "GOOD"),
        ("You quietly shut the door and the guard wakes.", "You quietly shut the door.", "GOOD"),
        ('You say "I want that lamp, guard."', 'You say "I want that lamp, guard."', "GOOD"),
        ("You go north", "You go north.", "VAGUE"),
        ("Du öffnest die Tür.", "Du öffnest die Tür.", "UNKNOWN"),
    ],
)  # fmt: skip
def test_an_action_is_scored_by_its_verb_and_its_things(
    line: str, text: str, relevance: str
) -> None:
    scored = score_line(line, {"door", "guard", "brass", "lamp", "rains"})
    assert scored is not None
    assert (scored.action.text, scored.relevance) == (text, Relevance[relevance])


@every_row(
    "line",
    [
        "You are the old guard.", "You have a brass lamp.", "You find the door.",
        "You hear the rain.", "You ask the guard.", "You open your eyes.", "You open the guard.",
        "You take a look at the door.", "You go to the", "You look at the lamp,",
        'You say "Yes."', "You",
    ],
)  # fmt: skip
def test_what_nobody_would_choose_is_no_suggestion(line: str) -> None:
    assert score_line(line, {"door", "guard", "lamp", "rain"}) is None
