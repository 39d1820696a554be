"""Test which prompt the words of a reply are scored after."""

import hashlib
from dataclasses import replace

import pytest

from dungeon.commands.alternatives import score_reply
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.generator.token_scores import ScoredToken
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Action, Kind
from dungeon.turns.game import Game
from tests.dungeon.memory_saves import MemorySaves
from tests.dungeon.tui.driver import adventure

SETTINGS = GenerationSettings(seed=7, reply_tokens=20, state="ask", state_line="all")


class Scorer(ScriptedGenerator):
    """Keeps the prompt after which it scored last."""

    prompt = ""

    async def score_tokens(self, prompt: str, reply: str) -> tuple[ScoredToken, ...]:
        self.prompt = prompt
        return await super().score_tokens(prompt, reply)


@pytest.mark.parametrize(
    "later",
    [
        replace(SETTINGS, reply_tokens=200),
        replace(SETTINGS, prompt_format="chat"),
        replace(SETTINGS, state="off"),
    ],
)
async def test_a_reply_is_scored_after_the_prompt_of_then(later: GenerationSettings) -> None:
    scorer = Scorer(["It rains on the roof of the mill."], context_length=640)
    story = replace(adventure(60, text="You take a knife. The guard is dead."), note="It is dark.")
    game = Game(MemorySaves(), scorer, story, SETTINGS)
    async for _ in game.play(Action(Kind.DO, "You look around.")):
        pass
    await game.wait_for_prefetch()
    turn = game.adventure.current_turn()
    assert turn is not None
    game.generation_settings = later
    await game.revise(note_depth=0 if story.note_depth else 2)
    reply = await score_reply(game)
    await game.close()
    assert reply.turn_id == turn.id
    assert hashlib.sha256(scorer.prompt.encode()).hexdigest() == turn.provenance.prompt_sha256
