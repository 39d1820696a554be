"""Compose the prompts of a game: in the model's tokens, with the beginning of the last one."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from dungeon.errors import ChatOnly, GrueError
from dungeon.generator import Generator
from dungeon.generator.prompt_format import prompt_format
from dungeon.memory.retrieval import MAX_QUOTED, FindMatches, Match, TurnSearch
from dungeon.prompt.builder import build_prompt
from dungeon.prompt.chat import build_chat
from dungeon.prompt.context import Context
from dungeon.prompt.inputs import PromptInputs
from dungeon.prompt.settings_record import SettingsRecord
from dungeon.prompt.token_counter import TokenCounter
from dungeon.scripts.record import NOTHING, Record
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Action, Adventure, Turn
from dungeon.threads import SerialThread

ACTION_RESERVE = 64
"""Tokens reserved for the player's next action in a prefetched prompt."""


MIN_BUDGET = 64
"""Tokens of the shortest prompt, whatever the context length of the model."""

Revise = Callable[[Adventure, Action | None], Awaitable[tuple[Adventure, Record]]]
"""Returns an adventure as the model is told it, and what was changed for that."""


async def _unchanged(adventure: Adventure, action: Action | None) -> tuple[Adventure, Record]:
    return adventure, NOTHING


def session_id(adventure: Adventure) -> str:
    """Return the name of an adventure for servers, which do not get its id."""
    return hashlib.sha256(adventure.id.encode()).hexdigest()[:32]


class PromptComposer:
    """Builds prompts, and keeps the last one as the beginning of the next."""

    def __init__(
        self,
        generator: Generator,
        turn_search: TurnSearch | None,
        thread: SerialThread,
        on_composed: Callable[[], None] = lambda: None,
        revise: Revise = _unchanged,
    ) -> None:
        """`turn_search` is asked in `thread`, the one that saves: it has saved every turn before.

        Without `turn_search` no earlier turns are quoted. `on_composed` is called after each
        prompt, and `revise` before it.
        """
        self.context: Context | None = None
        """The last prompt and the tokens of its parts."""
        self._generator = generator
        self._count = TokenCounter(generator.count_tokens)
        self._turn_search = turn_search
        self._thread = thread
        self._on_composed = on_composed
        self._revise = revise

    def anew(self) -> "PromptComposer":
        """Return one that has composed nothing yet, and runs no scripts: to build an old prompt."""
        return PromptComposer(self._generator, self._turn_search, self._thread)

    def can_repeat(self, error: GrueError, length: int, settings: GenerationSettings) -> bool:
        """Whether the prompt after `error` is a chat, or shorter than for `length` tokens."""
        if isinstance(error, ChatOnly):
            return settings.prompt_format != "completion"
        room = self._generator.model.context_length - settings.max_tokens
        return self._generator.model.context_length < length and room >= MIN_BUDGET

    async def compose(
        self,
        adventure: Adventure,
        action: Action | None,
        settings: GenerationSettings,
        *,
        first: str | None = None,
        recorded: SettingsRecord | None = None,
    ) -> Context:
        """Return the prompt for `action` at the head; None is an action that is not known yet.

        `first` is the turn to begin the story with, where no prompt has come before, and `recorded`
        what to build it with instead of `settings`.
        """
        generator = self._generator
        await generator.open()  # only then is it known which formats it supports
        adventure, scripts = await self._revise(adventure, action)
        inputs = self._inputs(adventure, action, settings, first)
        inputs = recorded.apply_to(inputs) if recorded else inputs
        choice = recorded.format if recorded else settings.prompt_format
        if prompt_format(choice, generator) == "chat":
            context = await build_chat(inputs, generator, settings.reply_tokens)
        else:
            context = await build_prompt(inputs)
        self.context = replace(
            context,
            scripts=scripts,
            settings=_record(inputs, context),
            session=session_id(adventure),
            is_opening=len(adventure.path()) == 1,
        )
        self._on_composed()
        return self.context

    def _inputs(
        self,
        adventure: Adventure,
        action: Action | None,
        settings: GenerationSettings,
        first: str | None,
    ) -> PromptInputs:
        """Return what the prompt is built from, the beginning of the last one included."""
        search = self._turn_search if settings.retrieval else None
        last = self.context
        context_length = self._generator.model.context_length
        return PromptInputs(
            adventure,
            action,
            budget=max(context_length - settings.max_tokens, MIN_BUDGET),
            count=self._count,
            reserve=0 if action else ACTION_RESERVE,
            first=last.first if last else first,
            find=self._find_in(search, adventure.id) if search else None,
            quoted=[quoted.match for quoted in last.quoted] if last else (),
            summarised=settings.summary_method != "off",
            state_line="off" if settings.state == "off" else settings.state_line,
        )

    def _find_in(self, search: TurnSearch, adventure_id: str) -> FindMatches:
        async def find(words: Sequence[str], left_out: Sequence[Turn]) -> Sequence[Match]:
            among = [turn.id for turn in left_out]
            return await self._thread.run(
                search.matching_turns, adventure_id, words, among=among, limit=MAX_QUOTED
            )

        return find


def _record(inputs: PromptInputs, context: Context) -> SettingsRecord:
    """Return what a prompt was built with."""
    adventure, summary = inputs.adventure, context.summary
    return SettingsRecord(
        format=context.format,
        budget=inputs.budget,
        retrieval=inputs.find is not None,
        matches=context.chosen,
        summarised=inputs.summarised,
        summary=summary.id if summary else "",
        state_line=inputs.state_line,
        note_depth=adventure.note_depth if adventure.note else 0,
    )
