"""`/roll`, `/attributes`, and risky actions that roll: what is told, shown and kept."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace

import pytest

from dungeon.commands import find, parse_line
from dungeon.commands.effects import Effect, Message, OpenView, PlayTurn, View
from dungeon.dice import Attribute, DiceRules
from dungeon.errors import GeneratorError, InputRefused
from dungeon.generator.scripted import Reply, ScriptedGenerator
from dungeon.session.dice_view import attributes_text
from dungeon.session.turn_presenter import roll_notice
from dungeon.session.views import EDITORS
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Action, Adventure, Kind, Turn
from dungeon.turns.game import Game
from dungeon.turns.replay import Outcome, replay
from dungeon.turns.suggestions import SuggestedActions
from dungeon.turns.turn_events import TurnSaved, TurnStarted
from tests.dungeon.memory_saves import MemorySaves

RULES = DiceRules((Attribute("dexterity", 2), Attribute("hacking", 1, ("hack",))), risky=True)
REPLIES = [
    " the wall is wet, and the moss comes away in your hands.",
    " nobody sees it but an owl, which turns its head.",
    " the rope burns through your gloves all the way down.",
]

MakeGame = Callable[..., Game]


@pytest.fixture
async def make_game() -> AsyncGenerator[MakeGame, None]:
    made: list[Game] = []

    def make(
        *replies: str | GeneratorError | Reply, rules: DiceRules = RULES, seed: int | None = None
    ) -> Game:
        opening = Turn("o", None, Kind.OPENING, "", "You wake in a boathouse. You see a wall.")
        adventure = replace(Adventure("a", "T").with_turn(opening), dice=rules)
        generator = ScriptedGenerator(replies or REPLIES)
        made.append(Game(MemorySaves(), generator, adventure, GenerationSettings(seed=seed)))
        return made[-1]

    yield make
    for game in made:
        await game.close()


async def run(game: Game, line: str, mode: Kind = Kind.DO) -> Effect:
    return await parse_line(line, mode).run(game)


async def turn(game: Game, line: str, mode: Kind = Kind.DO) -> Turn:
    effect = await run(game, line, mode)
    assert isinstance(effect, PlayTurn)
    events = [event async for event in effect.events]
    assert isinstance(events[-1], TurnSaved)
    return events[-1].turn


async def test_a_risky_action_rolls_and_the_reply_begins_with_the_outcome(
    make_game: MakeGame,
) -> None:
    game = make_game()
    made = await turn(game, "climb the wall")
    roll = made.roll
    assert roll is not None
    assert (roll.attribute, roll.modifier, roll.threshold) == ("dexterity", 2, 11)
    assert made.action == f"You climb the wall. {roll.sentence}"
    assert made.text == made.provenance.beginning + REPLIES[0]
    assert "limb the wall, " in made.provenance.beginning
    why = await run(game, "/why")
    assert isinstance(why, Message)
    assert why.message.startswith(f"Rolled: {roll.explanation}. ")
    assert roll_notice(made.answered) == f"({roll.explanation})"


@pytest.mark.parametrize(
    ("line", "mode"),
    [
        ("look at the wall", Kind.DO),
        ("attack!", Kind.SAY),
        ("can I climb the wall?", Kind.DO),
        ("You climb the wall.", Kind.STORY),
        ("", Kind.DO),
        ("/say climb the wall", Kind.DO),
    ],
)
async def test_what_is_not_risky_never_rolls(make_game: MakeGame, line: str, mode: Kind) -> None:
    made = await turn(make_game("The owl turns its head and looks at you."), line, mode)
    assert (made.roll, made.provenance.roll, made.provenance.beginning) == (None, "", "")


async def test_nothing_rolls_by_itself_unless_the_adventure_wants_it(make_game: MakeGame) -> None:
    game = make_game(*REPLIES, rules=replace(RULES, risky=False))
    assert (await turn(game, "climb the wall")).roll is None
    rolled = await turn(game, "/roll climb the wall")
    assert rolled.roll is not None
    assert rolled.roll.attribute == "dexterity"
    for line in ("/roll", "/roll  "):
        with pytest.raises(InputRefused, match="behind /roll"):
            await run(game, line)


async def test_an_action_keeps_its_roll_at_its_place_of_the_story(make_game: MakeGame) -> None:
    game = make_game(*REPLIES, *REPLIES, seed=7)
    first = await turn(game, "climb the wall")
    again = await turn(game, "/retry")
    assert (again.action, again.roll) == (first.action, first.roll)
    assert again.provenance.beginning == first.provenance.beginning
    await game.undo()
    assert (await turn(game, "climb the wall")).roll == first.roll
    edited = await game.edit_reply("You climb it after all.")
    assert edited.turn.roll == first.roll
    dice = {(await turn(game, f"/roll climb {'up' * n}")).provenance.roll for n in range(1, 3)}
    assert len(dice | {first.provenance.roll}) > 1


async def test_an_action_whose_reply_failed_has_the_same_roll_when_it_is_sent_again(
    make_game: MakeGame,
) -> None:
    game = make_game(GeneratorError("The engine is gone."), *REPLIES)
    effect = await run(game, "climb the wall")
    assert isinstance(effect, PlayTurn)
    started = await anext(effect.events)
    assert isinstance(started, TurnStarted)
    with pytest.raises(GeneratorError):
        async for _ in effect.events:
            pass
    assert (await turn(game, "climb the wall")).roll == started.action.roll


async def test_a_seed_repeats_the_rolls(make_game: MakeGame) -> None:
    rolls = []
    for game in (make_game(seed=5), make_game(seed=5)):
        rolls.append(
            [(await turn(game, line)).provenance.roll for line in ("run away", "/roll swim")]
        )
    assert rolls[0] == rolls[1]


async def test_an_edited_action_is_rolled_for_as_the_last_one_was(make_game: MakeGame) -> None:
    game = make_game(*REPLIES, *REPLIES, rules=replace(RULES, risky=False))
    first = await turn(game, "/roll climb the wall")
    shown = EDITORS[View.ACTION].text(game)
    assert shown == "You climb the wall."
    assert (await turn(game, f"/action {shown}")).roll == first.roll
    other = await turn(game, "/action sing to the moon")
    assert other.roll is not None
    assert other.action == f"You sing to the moon. {other.roll.sentence}"
    await turn(game, "wait")
    assert (await turn(game, "/action climb the wall")).roll is None


async def test_a_roll_that_was_typed_is_left_as_it_is(make_game: MakeGame) -> None:
    text = "You climb the wall. (You roll 3 of 20 and fail.)"
    made = await turn(make_game(), text)
    assert (made.action, made.roll) == (text, None)
    assert made.provenance.beginning == "You try to climb the wall, but"


async def test_replay_reproduces_a_turn_that_was_rolled_for(make_game: MakeGame) -> None:
    game = make_game(*REPLIES[:2], seed=7)
    await turn(game, "climb the wall")
    await turn(game, "sneak away")
    replayed = [each async for each in replay(game.adventure, ScriptedGenerator(REPLIES), None)]
    outcomes = [(each.outcome, each.is_same_prompt) for each in replayed[1:]]
    assert outcomes == [(Outcome.SAME, True)] * 2


@pytest.mark.parametrize("line", ["1", "/suggest 1"])
async def test_a_suggested_action_rolls_as_a_typed_one_does(make_game: MakeGame, line: str) -> None:
    game = make_game()
    game.suggestions = SuggestedActions("o", (Action(Kind.DO, "You climb the wall."),))
    assert (await turn(game, line)).roll is not None


async def test_attributes_are_shown_and_changed(make_game: MakeGame) -> None:
    game = make_game(rules=DiceRules())
    assert await run(game, "/attributes") == OpenView(View.ATTRIBUTES)
    said = await run(game, "/dice wits 2 invent, charm -, risky on, threshold 9")
    assert said == Message(
        "Risky actions roll: a die of 20 and the attribute have to reach 9. "
        "Attributes: strength 0, dexterity 0, wits +2."
    )
    shown = attributes_text(game.adventure.dice)
    assert "wits          +2    invent, trick, hack, decipher" in shown
    assert "charm" not in shown
    with pytest.raises(InputRefused, match="from -5 to 5"):
        await run(game, "/attributes wits 6, strength 1")
    assert game.adventure.dice.find("strength") == Attribute("strength")


def test_help_names_the_sides_the_threshold_and_what_1_and_20_mean() -> None:
    said = find("roll").description
    assert "20 sides" in said
    assert "threshold, 11 unless" in said
    assert "A 1 always fails badly, a 20 always succeeds brilliantly." in said
