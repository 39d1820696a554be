"""Run the scripts that are on: each hook in its turn, what it returns checked and cleaned.

A script that fails is named in a sentence and skipped for the rest of the turn.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar

from dungeon.scripts.calls import CALL_SECONDS, Caller, ScriptFailed
from dungeon.scripts.contract import (
    RECENT_TURNS,
    ContextHook,
    InputHook,
    Keep,
    LoadedScript,
    OutputHook,
    PromptParts,
    StoryTurn,
    TurnInfo,
)
from dungeon.scripts.record import MAX_STATE, NOTHING, Change, Record, State, parse, state_at
from dungeon.story import Action, Adventure, Kind
from dungeon.text import clean, clean_line, safety
from dungeon.threads import run_in_thread

MAX_TEXT = 20_000
"""Characters of a text that a hook returns."""

Answer = TypeVar("Answer")

HASH_DIGITS = 12
"""Digits of a file's hash that a turn records."""


class ActiveScripts:
    """The scripts of a game, in the order of their names; each gets what the one before made."""

    def __init__(
        self,
        loaded: Sequence[LoadedScript] = (),
        *,
        failures: Iterable[str] = (),
        call_seconds: float = CALL_SECONDS,
    ) -> None:
        """`failures` are sentences on other scripts, to be said with the first turn."""
        self.loaded = tuple(loaded)
        self._callers = {each.name: Caller(call_seconds) for each in self.loaded}
        self._failures = list(failures)
        self._skipped: set[str] = set()
        self._record = NOTHING
        self._in_turn = False

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(each.name for each in self.loaded)

    @property
    def changes_replies(self) -> bool:
        """Whether a reply may be another one once it is finished."""
        return any(each.script.on_output for each in self.loaded)

    def begin_turn(self) -> None:
        """Call every script again, and record what they do."""
        self._skipped, self._record, self._in_turn = set(), NOTHING, True

    def end_turn(self, told: str = "") -> str:
        """Return the record of the turn; `told` is the one of its prompt. Both as they are kept."""
        context, record = parse(told), self._record
        self._skipped, self._record, self._in_turn = set(), NOTHING, False
        changes = (*context.changes, *record.changes)
        return replace(record, changes=changes, told=context.told).dump()

    def take_failures(self) -> tuple[str, ...]:
        """Return which scripts have failed since the last call, a sentence each."""
        failures, self._failures = self._failures, []
        return tuple(failures)

    async def on_input(self, adventure: Adventure, action: Action) -> Action:
        """Return the action to keep for what the player sent at the head of `adventure`."""
        if action.kind is Kind.CONTINUE:
            return action
        for loaded in self._called():
            if hook := loaded.script.on_input:
                tidy = clean if action.kind is Kind.STORY else clean_line
                text = await self._change_text(
                    loaded, hook, "action", action.text, adventure, action
                )
                action = action.with_text(tidy(text))
        return action

    async def on_output(self, adventure: Adventure, action: Action, reply: str) -> str:
        """Return the reply to keep for the one that is finished."""
        for loaded in self._called():
            if hook := loaded.script.on_output:
                reply = await self._change_text(loaded, hook, "reply", reply, adventure, action)
        return reply

    async def on_context(
        self, adventure: Adventure, action: Action | None
    ) -> tuple[Adventure, Record]:
        """Return the adventure as the model is told it, and what was changed for that."""
        parts, record = PromptParts(adventure.memory, adventure.note), NOTHING
        for loaded in self._called():
            hook = loaded.script.on_context
            if hook is None:
                continue
            changed = await self._change_parts(loaded, hook, parts, adventure, action)
            for name in ("memory", "note"):
                before, after = getattr(parts, name), getattr(changed, name)
                if before != after:
                    record = record.with_change(_change(loaded, name), before, after)
            parts = changed
        return replace(adventure, memory=parts.memory, note=parts.note), record

    async def _change_text(
        self,
        loaded: LoadedScript,
        hook: InputHook | OutputHook,
        what: str,
        text: str,
        adventure: Adventure,
        action: Action,
    ) -> str:
        """Return what `hook` makes of `text`, and keep what it wants to be kept."""

        def run(info: TurnInfo) -> tuple[str, State | None]:
            answer = hook(text, info)
            if not isinstance(answer, Keep):
                return _check_text(answer, what, text), None
            return _check_text(answer.text, what, text), _check_state(answer.state)

        try:
            changed, state = await self._call(loaded, run, adventure, action)
        except ScriptFailed as error:
            self._note_failure(loaded, error)
            return text
        if changed != text:
            self._record = self._record.with_change(_change(loaded, what), text, changed)
        if state is not None and state != self._state(loaded, adventure):
            self._record = self._record.with_state(loaded.name, state)
        return changed

    async def _change_parts(
        self,
        loaded: LoadedScript,
        hook: ContextHook,
        parts: PromptParts,
        adventure: Adventure,
        action: Action | None,
    ) -> PromptParts:
        """Return what `hook` makes of `parts`."""
        try:
            return await self._call(
                loaded, lambda info: _check_parts(hook(parts, info), parts), adventure, action
            )
        except ScriptFailed as error:
            self._note_failure(loaded, error)
            return parts

    async def _call(
        self,
        loaded: LoadedScript,
        run: Callable[[TurnInfo], Answer],
        adventure: Adventure,
        action: Action | None,
    ) -> Answer:
        """Return what `run` does with a hook. It checks the answer, too, all within the time limit:
        what a script returns may have methods of its own. Raises ScriptFailed.
        """
        info = self._info(loaded, adventure, action)
        answer: Answer = await run_in_thread(self._callers[loaded.name].call, run, info)
        return answer

    def _called(self) -> Iterator[LoadedScript]:
        return (each for each in self.loaded if each.name not in self._skipped)

    def _note_failure(self, loaded: LoadedScript, error: ScriptFailed) -> None:
        sentence = f"The script {loaded.name} {error}; it is skipped for this turn."
        if sentence not in self._failures:
            self._failures.append(sentence)
        if self._in_turn:
            self._skipped.add(loaded.name)

    def _state(self, loaded: LoadedScript, adventure: Adventure) -> State:
        kept = self._record.states.get(loaded.name)
        return state_at(adventure.path(), loaded.name) if kept is None else kept

    def _info(self, loaded: LoadedScript, adventure: Adventure, action: Action | None) -> TurnInfo:
        path = adventure.path()
        defaults = {each.name: each.default for each in loaded.script.settings}
        state = json.loads(json.dumps(dict(self._state(loaded, adventure))))  # theirs to change
        return TurnInfo(
            number=len(path) + 1,
            kind=action.kind.value if action else "",
            action=action.text if action else "",
            title=adventure.title,
            story=tuple(StoryTurn(turn.action, turn.text) for turn in path[-RECENT_TURNS:]),
            settings=MappingProxyType(defaults | dict(loaded.values)),
            state=MappingProxyType(state),
        )


def _change(loaded: LoadedScript, what: str) -> Change:
    return Change(loaded.name, loaded.sha256[:HASH_DIGITS], what)


def _check_text(answer: object, what: str, text: str, *, may_be_empty: bool = False) -> str:
    """Return the text of an answer, cleaned; `text` where it is None. Raises ScriptFailed."""
    if answer is None:
        return text
    if not isinstance(answer, str):
        raise ScriptFailed(f"returned {_kind_of(answer)} as the {what}, which is a text")
    if answer == text:
        return text
    if len(answer) > MAX_TEXT:
        raise ScriptFailed(f"returned a {what} of more than {MAX_TEXT:,} characters")
    cleaned = clean(answer).strip()
    if not cleaned and not may_be_empty:
        raise ScriptFailed(f"returned an empty {what}")
    if safety.violates(cleaned):
        raise ScriptFailed(f"returned a {what} that breaks the content rule")
    return cleaned


def _check_parts(answer: object, parts: PromptParts) -> PromptParts:
    """Return the parts of an answer; `parts` where it is None. Raises ScriptFailed."""
    if answer is None:
        return parts
    if not isinstance(answer, PromptParts):
        raise ScriptFailed(f"returned {_kind_of(answer)} instead of PromptParts")
    return PromptParts(
        _check_text(answer.memory, "memory", parts.memory, may_be_empty=True),
        _check_text(answer.note, "note", parts.note, may_be_empty=True),
    )


def _check_state(state: Any) -> State:
    """Return a state as it is kept. Raises ScriptFailed where it is no JSON, or too large."""
    try:
        stored = json.dumps(dict(state), allow_nan=False)
        found: State = json.loads(stored)
    except (TypeError, ValueError, RecursionError):
        raise ScriptFailed("returned a state that cannot be written as JSON") from None
    if len(stored) > MAX_STATE:
        raise ScriptFailed(f"returned a state of more than {MAX_STATE:,} characters")
    return found


def _kind_of(answer: object) -> str:
    return f"a value of type {type(answer).__name__}"
