"""Test the commands: found by name, refused in a sentence, answered with an effect."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon.commands import find, parse_line, suggest
from dungeon.commands.command import Command
from dungeon.commands.effects import (
    Effect,
    Message,
    OpenView,
    PlayTurn,
    Quit,
    SaveSettings,
    StopTurn,
    StoryChanged,
    View,
)
from dungeon.commands.prompt_format import NO_TEMPLATE
from dungeon.commands.table import COMMANDS
from dungeon.errors import InputRefused
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Adventure, Kind, Turn
from dungeon.turns.game import Game
from dungeon.turns.turn_events import Event, TurnSaved
from tests.dungeon.memory_saves import MemorySaves
from tests.rows import every_row

ROOM = "The room is low and smells of tar. A rope hangs from the beam above you."
RAIN = "Rain begins on the roof. Somewhere below, a door closes with great care."


@pytest.fixture
def game() -> Game:
    opening = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
    adventure = Adventure("a", "The Boathouse").with_turn(opening)
    return Game(
        MemorySaves(), ScriptedGenerator([ROOM, RAIN]), adventure, GenerationSettings(seed=7)
    )


async def run(game: Game, line: str, mode: Kind = Kind.DO) -> Effect:
    return await parse_line(line, mode).run(game)


async def played(effect: Effect) -> list[Event]:
    assert isinstance(effect, PlayTurn)
    return [event async for event in effect.events]


async def turn(game: Game, line: str, mode: Kind = Kind.DO) -> Turn:
    events = await played(await run(game, line, mode))
    assert isinstance(events[-1], TurnSaved)
    await game.close()
    return events[-1].turn


@pytest.mark.parametrize(
    ("line", "mode", "kind", "action"),
    [
        ("look around", Kind.DO, Kind.DO, "You look around."),
        ("", Kind.DO, Kind.CONTINUE, ""),
        ("", Kind.SAY, Kind.CONTINUE, ""),
        ('"who is there?"', Kind.DO, Kind.SAY, 'You say "Who is there?"'),
        ("who is there?", Kind.SAY, Kind.SAY, 'You say "Who is there?"'),
        ("A bell rings.", Kind.STORY, Kind.STORY, "A bell rings."),
        ("/do open the door", Kind.SAY, Kind.DO, "You open the door."),
        ("/say hello", Kind.DO, Kind.SAY, 'You say "Hello."'),
        ("/story A bell rings.", Kind.DO, Kind.STORY, "A bell rings."),
        ("/story\nA bell.\nRings.", Kind.DO, Kind.STORY, "A bell.\nRings."),
        ("/continue", Kind.DO, Kind.CONTINUE, ""),
    ],
)
async def test_a_line_becomes_a_turn(
    game: Game, line: str, mode: Kind, kind: Kind, action: str
) -> None:
    made = await turn(game, line, mode)
    assert (made.kind, made.action) == (kind, action)


async def test_undo_retry_and_redo_through_their_commands(game: Game) -> None:
    await turn(game, "look around")
    assert await run(game, "/undo") == StoryChanged("Taken back: You look around.")
    assert await run(game, "/redo") == StoryChanged("Done again: You look around.")
    assert (await turn(game, "/retry")).text == RAIN


async def test_several_turns_are_undone_and_redone_at_once(game: Game) -> None:
    for line in ("look around", "wait", "listen"):
        await turn(game, line)
    assert isinstance(await run(game, "/undo 3"), StoryChanged)
    assert game.adventure.head == "opening"
    assert isinstance(await run(game, "/redo 2"), StoryChanged)
    assert game.adventure.path()[-1].action == "You wait."
    allowed = "^1 to 2 turns can be taken back here; try"
    for line in ("/undo 0", "/undo two", "/undo 1 2", "/undo -1"):
        with pytest.raises(InputRefused, match=f"{allowed} /undo 1"):
            await run(game, line)
    with pytest.raises(InputRefused, match=f"{allowed} /undo 2"):
        await run(game, "/undo 3")
    with pytest.raises(InputRefused, match=r"^1 turn can be done again here"):
        await run(game, "/redo 2")
    assert game.adventure.path()[-1].action == "You wait."
    await game.close()


@pytest.mark.parametrize("command", [each for each in COMMANDS if not each.usage],
                         ids=lambda command: command.name)  # fmt: skip
async def test_a_surplus_argument_is_refused(game: Game, command: Command) -> None:
    with pytest.raises(InputRefused, match=f"^Nothing goes behind /{command.name}: leave out “2”"):
        await run(game, f"/{command.name} 2")


@pytest.mark.parametrize("name", ["lore", "state", "summary"])
async def test_help_tells_what_may_stand_behind_a_command(game: Game, name: str) -> None:
    told = str(await run(game, f"/help {name}"))
    with pytest.raises(InputRefused) as refused:
        await run(game, f"/{name} waltz")
    advice = str(refused.value).partition("Try ")[2]
    assert advice.startswith(f"/{name}, /{name} ")
    assert advice in told


async def test_help_explains_one_command(game: Game) -> None:
    for line in ("/help undo", "/help /undo", "/? revert"):
        assert await run(game, line) == Message(
            "/undo [N]: Take the last turn back, or the last N. Also called /revert."
        )
    with pytest.raises(InputRefused, match="Did you mean `/undo`"):
        await run(game, "/help undoo")


async def test_editing_through_commands(game: Game) -> None:
    await turn(game, "look around")
    assert await run(game, "/edit") == OpenView(View.REPLY)
    assert isinstance(await run(game, "/alter The room is empty."), StoryChanged)
    assert game.adventure.path()[-1].text == "The room is empty."
    assert await run(game, "/action") == OpenView(View.ACTION)
    assert (await turn(game, "/action wait here")).action == "You wait here."
    await game.close()


async def test_memory_note_and_title(game: Game) -> None:
    assert await run(game, "/memory") == OpenView(View.MEMORY)
    await run(game, "/remember You fear water.")
    await run(game, "/note Be brief.")
    await run(game, "/title  Tar  and feathers")
    now = game.adventure
    assert (now.memory, now.note, now.title) == ("You fear water.", "Be brief.", "Tar and feathers")
    assert await run(game, "/note --depth 2") == Message(
        "The author's note stands 2 turns before the end."
    )
    assert (game.adventure.note, game.adventure.note_depth) == ("Be brief.", 2)
    for wrong in ("51", "two", "9999", "-1"):
        with pytest.raises(InputRefused, match="0 to 50 turns before the end"):
            await run(game, f"/note --depth {wrong}")
    both = await run(game, "/note --depth 3 Be  brief and dark.")
    assert both == Message(
        "The author's note is set. The author's note stands 3 turns before the end. Before, it "
        "said: Be brief."
    )
    assert (game.adventure.note, game.adventure.note_depth) == ("Be  brief and dark.", 3)
    await run(game, "/note --depth 0")
    assert "right before your action" in str(await run(game, "/note --depth"))
    await run(game, "/note -")
    for line in ("/memory You swim.", "/forget"):
        before = game.adventure.memory
        said = await run(game, line)
        assert isinstance(said, Message)
        assert said.message.endswith(f" Before, it said: {before}")
    assert (game.adventure.memory, game.adventure.note) == ("", "")
    said = await run(game, "/memory My name is Ada.")
    assert said == Message("The story calls you “you”, and remembers: Your name is Ada.")
    assert game.adventure.memory == "Your name is Ada."
    said = await run(game, "/memory The sign says: I watch.")
    assert "This may be a quotation, and is kept: The sign says: I watch." in str(said)
    assert "write “you”" in str(await run(game, "/note I want it brief."))
    assert game.adventure.note == "I want it brief."
    await game.close()


async def test_preset_and_length(game: Game) -> None:
    await run(game, "/preset steady")
    await run(game, "/length 40")
    assert (
        game.generation_settings.sampling.temperature,
        game.generation_settings.reply_tokens,
    ) == (0.3, 40)
    for line in ("/preset bold", "/length 5", "/length many", "/length " + "9" * 5000):
        with pytest.raises(InputRefused):
            await run(game, line)
    said = await run(game, "/preset")
    assert isinstance(said, Message)
    assert said.message.startswith("The sampling preset is steady.")
    length = await run(game, "/length")
    assert isinstance(length, Message)
    assert "reaches 40 tokens, at 80 at the latest" in length.message
    for line in ("/length default", "/length 0"):
        await run(game, "/length 40")
        await run(game, line)
        assert game.generation_settings.reply_tokens == 80


async def test_a_prompt_format_is_chosen_and_saved_for_the_model(game: Game) -> None:
    shown = await run(game, "/format")
    assert isinstance(shown, Message)
    assert "completion, chosen automatically" in shown.message
    chosen = await run(game, "/format CHAT")
    assert isinstance(chosen, SaveSettings)
    assert chosen.changes == {"prompt_format": "chat"}
    assert "format is chat: messages" in chosen.message
    assert game.generation_settings.prompt_format == "chat"
    await run(game, "/guidance 1.5")
    guided = await run(game, "/guidance")
    assert isinstance(guided, Message)
    assert "Chats are not guided" in guided.message
    game.generator.supports_chat = False  # type: ignore[misc]
    shown = await run(game, "/format")
    assert isinstance(shown, Message)
    assert NO_TEMPLATE in shown.message
    with pytest.raises(InputRefused, match="/format chat"):
        await run(game, "/format json")
    await game.close()


async def test_retrieval_is_switched_on_and_off(game: Game) -> None:
    assert isinstance(await run(game, "/retrieval"), Message)
    assert game.generation_settings.retrieval
    await run(game, "/retrieval off")
    assert not game.generation_settings.retrieval
    await run(game, "/retrieval ON")
    assert game.generation_settings.retrieval
    with pytest.raises(InputRefused, match="/retrieval on"):
        await run(game, "/retrieval maybe")
    await game.close()


async def test_a_roll_adds_its_outcome_to_the_action(game: Game) -> None:
    assert "You jump" in (await turn(game, "/roll jump the gap")).action
    with pytest.raises(InputRefused, match="/roll"):
        await run(game, "/roll")


async def test_the_same_seed_repeats_dice_rolls() -> None:
    opening = Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
    rolled = []
    for seed in (7, 7, *range(8, 14)):
        adventure = Adventure("a", "The Boathouse").with_turn(opening)
        again = Game(
            MemorySaves(), ScriptedGenerator([ROOM]), adventure, GenerationSettings(seed=seed)
        )
        rolled.append((await turn(again, "/roll jump the gap")).action)
    assert rolled[0] == rolled[1]
    assert len(set(rolled)) > 1


def test_command_names_and_aliases_are_unique() -> None:
    names = [name for command in COMMANDS for name in (command.name, *command.aliases)]
    keys = [command.key for command in COMMANDS if command.key]
    assert len(set(names)) == len(names)
    assert len(set(keys)) == len(keys)


@every_row("command", COMMANDS)
def test_every_command_has_a_summary(command: Command) -> None:
    assert command.summary
    assert not command.summary.endswith(".")
    assert find(command.name) is command


@every_row("command", COMMANDS)
def test_a_whole_name_comes_first_where_others_begin_with_it(command: Command) -> None:
    for name in (command.name, *command.aliases):
        assert suggest(f"/{name}")[0] is command


@every_row("alias", ["revert", "remember", "alter", "search", "restart", "q", "exit"])
def test_names_from_other_games_are_understood(alias: str) -> None:
    assert find(alias)


def test_an_unambiguous_prefix_names_a_command() -> None:
    assert find("und").name == "undo"
    with pytest.raises(InputRefused, match="/retry"):
        find("re")
    with pytest.raises(InputRefused, match=r"no command “/waltz”\. /help lists them all"):
        find("waltz")
    for typed, meant in (("suggets", "suggest"), ("Revret", "revert"), ("undoo", "undo")):
        with pytest.raises(InputRefused, match=rf"Did you mean `/{meant}`\?$"):
            find(typed)
    with pytest.raises(InputRefused, match=r"^There is no command “/x{38}…”\. "):
        find("x" * 100_000)
    with pytest.raises(InputRefused):
        find("")


async def test_an_unavailable_command_says_why(game: Game) -> None:
    for line in ("/undo", "/retry", "/redo", "/stop", "/action"):
        with pytest.raises(InputRefused):
            await run(game, line)
    busy = await run(game, "look")
    assert isinstance(busy, PlayTurn)
    await anext(busy.events)
    for line in ("/undo", "look again", "/new", "/edit"):
        with pytest.raises(InputRefused, match="still being written"):
            await run(game, line)
    assert await run(game, "/stop") == StopTurn()
    await busy.events.aclose()
    await game.close()


async def test_views_and_quitting(game: Game) -> None:
    assert await run(game, "/help") == OpenView(View.HELP)
    assert await run(game, "/search a fox ") == OpenView(View.SAVES, "a fox")
    assert await run(game, "/quit") == Quit()
    assert isinstance(await run(game, "/save"), Message)


@given(st.text(max_size=40))
def test_any_slash_line_gets_an_effect_or_a_sentence(line: str) -> None:
    async def answer() -> None:
        opening = Turn("opening", None, Kind.OPENING, "", "You wake.")
        game = Game(MemorySaves(), ScriptedGenerator(), Adventure("a", "T").with_turn(opening))
        try:
            await run(game, "/" + line)
        except InputRefused as error:
            assert str(error).endswith((".", "?"))
        await game.close()

    asyncio.run(answer())


async def test_a_command_that_misses_its_argument_says_what_it_takes(game: Game) -> None:
    for command in (each for each in COMMANDS if each.requires_argument):
        with pytest.raises(InputRefused) as refused:
            await run(game, f"/{command.name}")
        for part in (f"behind /{command.name}.", command.syntax, command.summary):
            assert part in str(refused.value)
        assert "?." not in str(refused.value)
    await game.close()


async def test_phrases_are_banned_and_allowed_again(game: Game) -> None:
    effect = await run(game, "/ban smells of tar")
    assert game.generation_settings.banned_phrases == ("smells of tar",)
    assert isinstance(effect, SaveSettings)
    assert effect.changes["banned_phrases"] == ("smells of tar",)
    with pytest.raises(InputRefused, match="banned already"):
        await run(game, "/ban Smells of tar!")
    assert await run(game, "/banned") == OpenView(View.BANNED)
    reply = await turn(game, "look around")
    assert "tar" not in reply.text
    await run(game, "/unban SMELLS of tar")
    assert game.generation_settings.banned_phrases == ()
    for line, problem in (("/ban", "behind /ban"), ("/ban !", "needs a word"), ("/unban x", "not")):
        with pytest.raises(InputRefused, match=problem):
            await run(game, line)
