"""`/edit` and `/action`: any turn of the line, what follows it, and what is said or done."""

from collections.abc import AsyncGenerator

import pytest

from dungeon.commands import find, parse_line
from dungeon.commands.edited_actions import editable_action
from dungeon.commands.effects import Effect, Message, OpenView, PlayTurn, StoryChanged, View
from dungeon.dice import Roll
from dungeon.errors import InputRefused
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.session.turn_editors import find_editor
from dungeon.story import Action, Adventure, Kind, Provenance, Turn
from dungeon.turns.game import Game
from tests.dungeon.memory_saves import MemorySaves

SPOKEN = Action(Kind.SAY, 'You say "Who is there?"')


@pytest.fixture
async def game() -> AsyncGenerator[Game, None]:
    story = Adventure("a", "T")
    for name, kind, action in (
        ("1", Kind.OPENING, ""),
        ("2", SPOKEN.kind, SPOKEN.text),
        ("3", Kind.STORY, "The wind turns."),
        ("4", Kind.DO, "You wait."),
    ):
        parent = str(int(name) - 1) if name > "1" else None
        story = story.with_turn(Turn(name, parent, kind, action, f"Passage {name}."))
    replies = [f"{what} falls." for what in ("Rain", "Snow", "Hail", "Dusk", "Night")]
    game = Game(MemorySaves(), ScriptedGenerator(replies), story)
    yield game
    await game.close()


async def run(game: Game, line: str) -> Effect:
    effect = await parse_line(line).run(game)
    if isinstance(effect, PlayTurn):
        async for _ in effect.events:
            pass
    return effect


def said(effect: Effect) -> str:
    assert isinstance(effect, Message | StoryChanged)
    return effect.message


def line_of(game: Game) -> list[str]:
    return [turn.text for turn in game.adventure.path()]


def actions_of(game: Game) -> list[str]:
    return [turn.action for turn in game.adventure.path()]


async def test_an_earlier_reply_is_edited_and_later_turns_go_along(game: Game) -> None:
    changed = await run(game, "/edit --turn 2 Nobody answers.")
    assert changed == StoryChanged(
        "The reply of turn 2 is changed, and the 2 turns after it go on from there. "
        "The old line is kept as a branch.",
        game.adventure.path()[1].id,
    )
    assert line_of(game) == ["Passage 1.", "Nobody answers.", "Passage 3.", "Passage 4."]
    assert said(await run(game, "/edit --turn 3 It blows.")) == (
        "The reply of turn 3 is changed, and the turn after it goes on from there. "
        "The old line is kept as a branch."
    )
    assert len(game.adventure.branch_ends()) == 3


async def test_the_last_reply_is_edited_as_before(game: Game) -> None:
    changed = StoryChanged("The reply is changed; the old one is kept as a branch.")
    assert await run(game, "/edit It rains.") == changed
    assert await run(game, "/edit --turn 4 It snows.") == changed
    assert line_of(game)[-1] == "It snows."


async def test_a_reply_that_stays_makes_no_branch(game: Game) -> None:
    before = game.adventure
    for line in ("/edit Passage 4.", "/edit --turn 2 Passage 2."):
        assert await run(game, line) == Message("The reply stays as it is.")
    assert await run(game, '/action --turn 2 "Who is there?"') == Message(
        "The action stays as it is."
    )
    assert game.adventure is before


async def test_turns_that_redo_brings_back_go_along(game: Game) -> None:
    await run(game, "/checkpoint the wind")
    await run(game, "/goto 2")
    effect = await run(game, "/edit Nobody answers.")
    assert said(effect) == (
        "The reply of turn 2 is changed, and the 2 turns after it go on from there. "
        "/redo 2 leads to the end. The old line is kept as a branch; its checkpoints are on both."
    )
    assert line_of(game) == ["Passage 1.", "Nobody answers."]
    await run(game, "/redo 2")
    assert line_of(game)[1:] == ["Nobody answers.", "Passage 3.", "Passage 4."]


async def test_checkpoints_go_along_and_stay_on_the_old_line(game: Game) -> None:
    for line in ("/goto 3", "/checkpoint the wind", "/goto 4", "/edit --turn 2 Nobody answers."):
        await run(game, line)
    await run(game, "/goto the wind")
    assert line_of(game) == ["Passage 1.", "Nobody answers.", "Passage 3."]
    await run(game, "/branches 1")
    await run(game, "/goto the wind")
    assert line_of(game) == ["Passage 1.", "Passage 2.", "Passage 3."]
    assert len(game.adventure.checkpoints["the wind"]) == 2
    again = await run(game, "/checkpoint the wind")
    assert again == Message("This turn is the checkpoint “the wind”.")
    forgotten = await run(game, "/checkpoint - the wind")
    assert forgotten == Message(
        "This turn is not called “the wind” any more; one of another branch is."
    )
    await run(game, "/goto the wind")
    assert line_of(game)[1] == "Nobody answers."
    await run(game, "/goto 4")
    await run(game, "/edit --turn 2 Somebody answers.")
    moved = await run(game, "/checkpoint the wind")
    assert moved == Message(
        "This turn is the checkpoint “the wind”. It named 2 other turns before."
    )


async def test_an_edited_turn_keeps_its_names(game: Game) -> None:
    await run(game, "/checkpoint the end")
    await run(game, "/edit It rains.")
    await run(game, "/goto 1")
    await run(game, "/goto the end")
    assert line_of(game)[-1] == "It rains."
    assert len(game.adventure.checkpoints["the end"]) == 2


async def test_an_earlier_action_is_corrected_and_keeps_its_reply(game: Game) -> None:
    assert said(await run(game, "/action --turn 2 open the door")) == (
        "The action of turn 2 is changed, and the 2 turns after it go on from there. "
        "The old line is kept as a branch."
    )
    assert actions_of(game)[1:] == ["You open the door.", "The wind turns.", "You wait."]
    assert game.adventure.path()[1].kind is Kind.DO
    assert line_of(game) == [f"Passage {number}." for number in range(1, 5)]
    await run(game, "/action --turn 3 The wind drops.")
    assert game.adventure.path()[2].kind is Kind.STORY
    effect = await run(game, "/action --turn 4 run")
    assert isinstance(effect, PlayTurn)
    assert (actions_of(game)[-1], line_of(game)[-1]) == ("You run.", "Rain falls.")


async def test_a_corrected_action_keeps_its_roll() -> None:
    roll = Roll(14, 11)
    opening = Turn("1", None, Kind.OPENING, "", "You wake.")
    jumped = Turn("2", "1", Kind.DO, f"You jump. {roll.sentence}", "You land.",
                  Provenance(roll=roll.dump()))  # fmt: skip
    story = Adventure("a", "T").with_turn(opening).with_turn(jumped)
    story = story.with_turn(Turn("3", "2", Kind.CONTINUE, "", "It rains."))
    game = Game(MemorySaves(), ScriptedGenerator([]), story)
    await run(game, "/action --turn 2 leap over the gap")
    corrected = game.adventure.path()[1]
    assert corrected.action == f"You leap over the gap. {roll.sentence}"
    assert corrected.roll == roll
    await game.close()


@pytest.mark.parametrize(
    "line",
    ["/edit --turn 9 No.", "/edit --turn", "/action --turn x Run", "/action --turn 1 run",
     "/action --turn 1"],
)  # fmt: skip
async def test_there_must_be_such_a_turn(game: Game, line: str) -> None:
    with pytest.raises(InputRefused):
        await run(game, line)


async def test_an_editor_of_an_earlier_turn_says_what_happens(game: Game) -> None:
    assert await run(game, "/edit --turn 2") == OpenView(View.REPLY, "2")
    assert await run(game, "/action --turn 2") == OpenView(View.ACTION, "2")
    reply, action = (find_editor(view, "2", game) for view in (View.REPLY, View.ACTION))
    assert (reply.title, reply.command) == ("The reply of turn 2", "edit --turn 2")
    assert reply.text(game) == "Passage 2."
    assert (action.title, action.text(game)) == ("The action of turn 2", '"Who is there?"')
    assert "What follows goes on" in reply.hint
    assert "The reply and what follows stay" in action.hint
    assert "written anew" in find_editor(View.ACTION, "4", game).hint
    effect = await action.save(game, "open the door")
    assert isinstance(effect, StoryChanged)


SPEECH_OR_DEED = [
    ("open the door", Kind.DO, "You open the door."),
    ("You open the door.", Kind.DO, "You open the door."),
    ("who goes there", Kind.SAY, 'You say "Who goes there?"'),
    ("/do who goes there", Kind.DO, "Who goes there."),
    ("/do follow me", Kind.DO, "You follow you."),
    ("/say open the door", Kind.SAY, 'You say "Open the door."'),
    ("/Story The door opens.", Kind.STORY, "The door opens."),
    ('"open the door"', Kind.SAY, 'You say "Open the door."'),
    ('"Who is there?"', Kind.SAY, 'You say "Who is there?"'),
]


@pytest.mark.parametrize(("text", "kind", "action"), SPEECH_OR_DEED)
async def test_what_was_taken_for_speech_becomes_a_deed_and_back(
    game: Game, text: str, kind: Kind, action: str
) -> None:
    await run(game, "who is there?")
    last = game.adventure.current_turn()
    assert last is not None
    assert editable_action(last) == '"Who is there?"'
    for before in ("speech", "deed"):
        await run(game, f"/action {text}")
        turn = game.adventure.current_turn()
        assert turn is not None
        assert (turn.kind, turn.action) == (kind, action), before
        await run(game, "/action You wait.")


async def test_prose_stays_prose_unless_it_is_said_what_it_is(game: Game) -> None:
    await run(game, "/goto 3")
    for text, kind in (("who is there?", Kind.STORY), ("/do wait", Kind.DO)):
        await run(game, f"/action {text}")
        assert game.adventure.path()[-1].kind is kind


async def test_a_line_behind_do_is_never_taken_for_speech(game: Game) -> None:
    await run(game, "/do who goes there")
    assert actions_of(game)[-1] == "Who goes there."
    await run(game, "who goes there")
    assert actions_of(game)[-1] == 'You say "Who goes there?"'
    await run(game, '/do "run"')
    assert actions_of(game)[-1] == 'You say "Run."'
    for name in ("do", "action"):
        assert "quotation marks" in find(name).description
