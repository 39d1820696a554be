"""Values of prompts for chat-tuned models: messages with roles, and the choice of a format."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant"]

PromptFormat = Literal["completion", "chat"]
"""`completion`: the story as it is; `chat`: messages in the model's own chat template."""

FormatChoice = Literal["auto", "completion", "chat"]
"""What a player chooses; `auto` is what suits the model."""

FORMAT_NOTES: dict[FormatChoice, str] = {
    "auto": "what suits the model",
    "completion": "the story as it is",
    "chat": "messages in the model's own chat template",
}
"""The choices, each with what it means to a player."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a chat."""

    role: Role
    content: str

    def to_dict(self) -> dict[str, str]:
        """Return it as chat templates and servers take it."""
        return {"role": self.role, "content": self.content}


def fold_system(messages: Sequence[ChatMessage]) -> tuple[ChatMessage, ...]:
    """Return `messages` with the system message at the front of the first user message, for
    templates without a system role.
    """
    if len(messages) < 2 or messages[0].role != "system":
        return tuple(messages)
    system, first, *rest = messages
    return (ChatMessage("user", f"{system.content}\n\n{first.content}"), *rest)
