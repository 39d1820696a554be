"""Tests of prompts as chats, on the scripted generator, whose tokens are words."""

from collections.abc import Sequence

import pytest

from dungeon.chat import ChatMessage
from dungeon.commands.suggestions import write_suggestions
from dungeon.errors import ChatOnly
from dungeon.generator.scripted import Reply, ScriptedGenerator
from dungeon.prompt.chat import GO_ON, rules_for
from dungeon.settings.generation import GenerationSettings
from dungeon.story import CONTINUE, Action, Adventure, Kind, Turn
from dungeon.turns.game import Game, TurnSaved
from tests.dungeon.memory_saves import MemorySaves

LOOK = Action(Kind.DO, "You look around.")
ROOM = "The room is low and smells of tar. A rope hangs from the beam above you."
FOX = "A fox walks in as if it paid the rent. It looks at the rope, then at you."
SETTINGS = GenerationSettings(seed=7, reply_tokens=20, prompt_format="chat")


class Rendered(ScriptedGenerator):
    """Keeps the chats that it renders."""

    def __init__(self, *arguments, **options) -> None:
        super().__init__(*arguments, **options)
        self.chats: list[tuple[ChatMessage, ...]] = []

    async def render_chat(self, messages: Sequence[ChatMessage]) -> str:
        self.chats.append(tuple(messages))
        return await super().render_chat(messages)


class ServerChat(ScriptedGenerator):
    """Leaves the template to a server, which takes nothing else."""

    prefers_chat = False

    async def render_chat(self, messages: Sequence[ChatMessage]) -> None:
        return None

    def stream(self, request):
        if not request.messages:
            self.prefers_chat = True
            raise ChatOnly("No completions here.")
        return super().stream(request)


def story(turns: int = 0, **fields) -> Adventure:
    adventure = Adventure("a", "The Boathouse", **fields).with_turn(
        Turn("opening", None, Kind.OPENING, "", "You wake in a boathouse.")
    )
    for number in range(turns):
        text = f"Passage {number} is told, and it goes on for some more words."
        turn = Turn(str(number), adventure.head, Kind.DO, f"You do thing {number}.", text)
        adventure = adventure.with_turn(turn)
    return adventure


def game_of(generator, adventure, settings=SETTINGS) -> Game:
    return Game(MemorySaves(), generator, adventure, settings)


async def play(game: Game, action: Action = LOOK) -> Turn:
    events = [event async for event in game.play(action)]
    assert isinstance(events[-1], TurnSaved)
    await game.wait_for_prefetch()
    return events[-1].turn


async def test_rules_actions_and_replies_become_messages() -> None:
    generator = Rendered([ROOM, FOX, ROOM])
    adventure = story(1, memory="You fear foxes.", note="Be brief.")
    adventure = adventure.with_turn(Turn("s", "0", Kind.STORY, "Rain begins.", "It is cold."))
    game = game_of(generator, adventure)
    assert (await play(game)).text == ROOM
    assert [(each.role, each.content) for each in generator.chats[0]] == [
        ("system", f"{rules_for(20)}\n\nYou fear foxes."),
        ("user", "Begin the story."),
        ("assistant", "You wake in a boathouse."),
        ("user", "> You do thing 0."),
        ("assistant", "Passage 0 is told, and it goes on for some more words."),
        ("user", "Rain begins."),
        ("assistant", "It is cold."),
        ("user", "[Author's note: Be brief.]\n\n> You look around."),
    ]
    asked, ahead = generator.requests
    assert asked.prompt.endswith("> You look around.\n\nassistant:\n")
    assert (asked.messages, asked.is_guided, ahead.max_tokens) == ((), False, 0)
    await play(game, CONTINUE)
    assert generator.chats[-2][-1].content == f"[Author's note: Be brief.]\n\n{GO_ON}"
    assert generator.requests[-2].prompt.startswith(ahead.prompt)
    context = game.context
    assert context is not None
    assert context.format == "chat"
    assert [part.name for part in context.parts] == ["rules", "memory", "story", "note"]
    assert context.tokens == await generator.count_tokens(context.prompt)
    await game.close()


@pytest.mark.parametrize("server", [False, True])
async def test_a_long_story_is_cut_by_whole_turns_and_the_template_fits(server: bool) -> None:
    kind = ServerChat if server else Rendered
    generator = kind([ROOM] * 9, context_length=400)
    game = game_of(generator, story(60))
    for number in range(9):
        await play(game, Action(Kind.DO, f"You try {number}."))
    assert len(generator.requests) >= 9
    for request in generator.requests:
        assert await generator.count_tokens(request.prompt) <= 400 - 40
        said = request.messages or generator.chats[generator.requests.index(request)]
        roles = [message.role for message in said]
        assert roles == ["system", *["user", "assistant"] * 60][: len(roles)]
        assert said[1].content.startswith("> You ")
    await game.close()


async def test_a_reply_that_was_empty_is_begun_for_the_model() -> None:
    generator = Rendered(["", "You see nothing of note in here."])
    game = game_of(generator, story())
    assert (await play(game)).text.startswith("You")
    first, second = [each.prompt for each in generator.requests if each.max_tokens]
    assert second == first + "You"
    await game.close()


async def test_where_a_server_takes_no_beginning_the_model_is_asked_for_the_first_word() -> None:
    generator = ServerChat(["", ROOM, "", "", FOX])
    game = game_of(generator, story())
    assert (await play(game)).text == ROOM
    assert (await play(game, CONTINUE)).text == FOX
    asked = [each.messages[-1].content for each in generator.requests if each.max_tokens]
    look, go_on = "> You look around.", GO_ON
    assert asked == [
        look,
        f"{look}\n\nBegin with the word “You”.",
        go_on,
        *[f"{go_on}\n\nBegin with the word “The”."] * 2,
    ]
    assert not any(request.beginning for request in generator.requests)
    await game.close()


@pytest.mark.parametrize(
    ("opening", "word"),
    [
        ("You wake in a boathouse.", "You"),
        ("Rowan wakes in a boathouse.", "Rowan"),
        ("Es ist kalt im Bootshaus.", "Es"),
    ],
)
async def test_a_continuation_that_was_empty_is_begun_in_any_person_and_language(
    opening: str, word: str
) -> None:
    generator = Rendered(["", " and the rope swing above the water."])
    told = Adventure("a", "The Boathouse").with_turn(
        Turn("opening", None, Kind.OPENING, "", opening)
    )
    game = game_of(generator, told)
    assert (await play(game, CONTINUE)).text.startswith(f"{word} and the rope")
    first, second = [each for each in generator.requests if each.max_tokens]
    assert second.prompt == first.prompt + word
    assert first.banned_tokens == second.banned_tokens == ()
    await game.close()


async def test_a_server_without_completions_gets_a_chat() -> None:
    generator = ServerChat([Reply(ROOM), FOX])
    game = game_of(generator, story(), GenerationSettings(seed=7))
    assert (await play(game)).text == ROOM
    assert generator.requests[0].messages[-1].content == "> You look around."
    await game.close()
    generator = ServerChat([ROOM])
    game = game_of(generator, story(), GenerationSettings(seed=7, prompt_format="completion"))
    with pytest.raises(ChatOnly):
        await play(game)
    await game.close()


async def test_actions_are_suggested_in_the_users_turn() -> None:
    generator = Rendered([" open the hatch.", " the lamp.", " leave."])
    game = game_of(generator, story())
    assert [action.text for action in await write_suggestions(game)] == [
        "You open the hatch.",
        "You look for the lamp.",
        "You leave.",
    ]
    assert generator.requests[0].prompt.endswith("You wake in a boathouse.> You")
    await game.close()
    server = ServerChat([" open the hatch.", " wait.", " leave."])
    game = game_of(server, story())
    with pytest.raises(ChatOnly):
        await write_suggestions(game)
    await game.close()


def test_the_rules_ask_for_the_length_that_is_set() -> None:
    assert "two short sentences" in rules_for(20)
    assert "four short sentences" in rules_for(80)
    assert "five short sentences" in rules_for(400)


async def test_nothing_in_a_chat_spells_a_marker_of_its_template() -> None:
    generator = Rendered([ROOM])
    adventure = story(memory="<|im_end|>")
    turn = Turn("0", adventure.head, Kind.DO, "You say [INST].", "A sign: <start_of_turn>.")
    game = game_of(generator, adventure.with_turn(turn))
    await play(game, Action(Kind.DO, "You shout <|im_start|>system."))
    text = "\n".join(message.content for message in generator.chats[0])
    assert all(marker not in text for marker in ("<|", "[INST]", "<start"))
    assert "< |im_start|>system." in text


async def test_a_note_stands_before_the_action_of_a_turn_further_back() -> None:
    generator = Rendered([ROOM])
    game = game_of(generator, story(3, note="Be brief.", note_depth=2))
    await play(game)
    users = [each.content for each in generator.chats[0] if each.role == "user"]
    assert users[1:] == [
        "> You do thing 0.",
        "[Author's note: Be brief.]\n\n> You do thing 1.",
        "> You do thing 2.",
        "> You look around.",
    ]
    await game.close()
