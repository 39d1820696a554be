"""Render chats in a model's own template, whether or not it has a system role."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from dungeon.chat import ChatMessage, fold_system
from dungeon.errors import EngineStopped, GeneratorError

TEMPLATE_OPTIONS = {"enable_thinking": False}
"""Variables for the template; one that does not know them ignores them."""

_PROBE = "Rules of the chat."
_NEXT = "The next message."

Apply = Callable[[list[dict[str, str]]], Awaitable[str]]
"""An engine's rendering of messages. Raises GeneratorError where the template refuses them."""


class ChatTemplate:
    """The template of one model."""

    def __init__(self, apply: Apply) -> None:
        self._apply = apply
        self._has_system_role: bool | None = None

    async def render(self, messages: Sequence[ChatMessage]) -> str:
        """Return the prompt for the next assistant message; where the last one is the assistant's,
        the beginning of every prompt that goes on from it. Raises GeneratorError where the template
        fails.
        """
        if messages[-1].role != "user":
            # engines take the last message of an assistant for one to be continued
            prompt = await self.render([*messages, ChatMessage("user", _NEXT)])
            return prompt.rpartition(_NEXT)[0]
        if self._has_system_role is None:
            self._has_system_role = await self._find_system_role()
        if not self._has_system_role:
            messages = fold_system(messages)
        try:
            return await self._apply([message.to_dict() for message in messages])
        except EngineStopped:
            raise
        except GeneratorError as error:
            raise GeneratorError(
                "The model's chat template cannot be used; /format completion plays without it. "
                f"({error})"
            ) from error

    async def _find_system_role(self) -> bool:
        """Whether the template renders a system message: some refuse it, some drop it."""
        probe = (ChatMessage("system", _PROBE), ChatMessage("user", "Hello."))
        try:
            return _PROBE in await self._apply([message.to_dict() for message in probe])
        except EngineStopped:
            raise
        except GeneratorError:
            return False


def template_request(messages: list[dict[str, str]]) -> dict[str, Any]:
    """Return the body of llama.cpp's `/apply-template`."""
    return {
        "messages": messages,
        "add_generation_prompt": True,
        "chat_template_kwargs": TEMPLATE_OPTIONS,
    }
