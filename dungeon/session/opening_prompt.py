"""Tell the prompt of a new adventure before its game is there, for the engine to read meanwhile."""

import asyncio
from contextlib import suppress

from dungeon import scenarios
from dungeon.errors import GrueError
from dungeon.prompt.builder import build_prompt
from dungeon.prompt.inputs import PromptInputs
from dungeon.session import Session
from dungeon.session.launcher import LaunchOptions
from dungeon.settings.generation import GenerationSettings
from dungeon.settings.sampling import GUIDANCE_OFF
from dungeon.story import Scenario
from dungeon.turns.adventure_store import new_adventure

MAX_CHARACTERS = 4000
"""A longer prompt may be trimmed, for which its tokens have to be counted."""

_NO_LIMIT = 1_000_000


def opening_prompt(session: Session, options: LaunchOptions) -> str:
    """Return the prompt of the adventure that begins with `options`. It is empty where that is not
    certain yet: where the scenario has questions or macros, where replies are guided, in chats.

    Never fails: what is wrong is found again, and said, when the adventure begins.
    """
    with suppress(GrueError, OSError):
        settings = session.new_game_settings()
        scenario = _certain_scenario(session, options)
        if (
            scenario is not None
            and settings.prompt_format != "chat"
            and settings.sampling.guidance == GUIDANCE_OFF
        ):
            prompt = asyncio.run(_build(scenario, settings))
            return prompt if len(prompt) <= MAX_CHARACTERS else ""
    return ""


async def _build(scenario: Scenario, settings: GenerationSettings) -> str:
    inputs = PromptInputs(
        new_adventure(scenario),
        None,
        budget=_NO_LIMIT,
        count=_count_little,
        state_line="off" if settings.state == "off" else settings.state_line,
    )
    return (await build_prompt(inputs)).prompt


async def _count_little(_text: str) -> int:
    """Let everything fit."""
    return 1


def _certain_scenario(session: Session, options: LaunchOptions) -> Scenario | None:
    """Return what the adventure opens with, where nothing is drawn or asked for it."""
    if options.quick:
        return scenarios.fill(scenarios.load(scenarios.QUICK_START), {})
    if not options.scenario:
        return None
    scenario = scenarios.load(options.scenario, folder=session.home.scenarios)
    is_certain = not scenarios.questions(scenario) and not scenarios.has_macros(scenario)
    return scenarios.fill(scenario, {}) if is_certain else None
