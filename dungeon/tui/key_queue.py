"""Hand keys to the app one at a time, so that all of them count in the order typed.

Textual takes keys from the terminal faster than widgets handle them: of a packet with words and
Ctrl+S, it saves first and types the words afterwards.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.widgets import Input, TextArea

_PATIENCE = 2.0
"""Seconds after which the next key is handed on even if a widget is still busy with the last one:
the keyboard must not die with it."""

_ROUNDS = 4
"""How often the way of a key is followed: the key itself, what it posts, what that posts (Enter, a
line, its command), and the screen that this opens until something has the focus on it.
"""


class KeyQueue:
    """Keys, and what is pasted, on their way to the focused widget and up to the app."""

    def __init__(
        self,
        app: App[None],
        deliver: Callable[[events.Event], Awaitable[None]],
        patience: float = _PATIENCE,
    ) -> None:
        """`deliver` is what the app does with an event; it returns before a widget handles it."""
        self._app = app
        self._deliver = deliver
        self._patience = patience
        self._waiting: deque[events.Event] = deque()
        self._under_way: events.Event | None = None
        self._timer: asyncio.TimerHandle | None = None

    @staticmethod
    def takes(event: events.Event) -> bool:
        """Return whether `event` comes from the keyboard and has not been handed on yet."""
        return isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded

    @property
    def is_idle(self) -> bool:
        """Whether every key that was typed is dealt with."""
        return self._under_way is None and not self._waiting

    async def add(self, event: events.Event) -> None:
        """Hand `event` on once those before it are dealt with."""
        self._waiting.append(event)
        if self._under_way is None:
            await self._deliver_next()

    async def _deliver_next(self) -> None:
        """Deliver the key that has waited longest. To be called by the app's own messages."""
        self._under_way = None
        if not self._waiting:
            return
        event = self._under_way = self._waiting.popleft()
        target = self._target()  # before the key, which may move the focus
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._patience, self._finish, event)
        try:
            await self._deliver(event)
        finally:
            if not (_is_typed(event, target) and target.call_later(self._finish, event)):
                self._follow(event, target, _ROUNDS)

    def _target(self) -> DOMNode:
        screens = self._app.screen_stack
        return self._app.focused or (screens[-1] if screens else self._app)

    def _follow(self, event: events.Event, node: DOMNode, rounds: int) -> None:
        """Go the way that the key bubbles, behind it in the messages of every node."""
        if event is not self._under_way:
            return
        if not node.call_later(self._pass, event, node, rounds):  # it is closed
            self._pass(event, node, rounds)

    def _pass(self, event: events.Event, node: DOMNode, rounds: int) -> None:
        """Go on from a node that has dealt with the key."""
        if node is not self._app:
            self._follow(event, node.parent or self._app, rounds)
        elif rounds > 1:
            self._follow(event, self._target(), rounds - 1)
        else:
            self._finish(event)

    def _finish(self, event: events.Event) -> None:
        """Let the next key be delivered, unless that has happened already."""
        if event is not self._under_way:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._under_way = None
        self._app.call_later(self._resume)

    async def _resume(self) -> None:
        if self._under_way is None:
            await self._deliver_next()


def _is_typed(event: events.Event, target: DOMNode) -> bool:
    """Return whether `event` is a letter in a text: what is shown of it may wait."""
    is_letter = isinstance(event, events.Key) and event.is_printable
    return is_letter and isinstance(target, (Input, TextArea))
