"""Read the messages of a conversation, in the formats of OpenAI and of ShareGPT."""

from dataclasses import dataclass
from typing import Any, Literal

from dungeon.data_files.rows import Row
from dungeon.text import clean
from dungeon.text.encoding import unify_line_ends
from dungeon.text.error_words import in_quotes

Role = Literal["system", "user", "assistant"]

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "player": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "model": "assistant",
}
_TOOLS = frozenset({"tool", "function", "ipython", "function_call", "observation"})
"""Roles of programs that a model uses; they neither play nor narrate."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message."""

    role: Role
    text: str


def read_messages(
    row: Row, column: str, value: Any, role: Role | None = None
) -> tuple[list[Message], int]:
    """Return the messages in a column, and how many things were left out that are no text.

    A string in place of the list is one message of `role`. Raises InputRefused where the value is
    no conversation.
    """
    if value is None:
        return [], 0
    if isinstance(value, str) and role:
        return [Message(role, clean(unify_line_ends(value)))], 0
    if not isinstance(value, list):
        raise row.refuse(f"has no list of messages in the column {column}.")
    messages: list[Message] = []
    left_out = 0
    for number, entry in enumerate(value, 1):
        place = f"{column}, message {number}"
        if not isinstance(entry, dict):
            raise row.refuse(f"({place}) is no object with `role` and `content`.")
        name = entry.get("role", entry.get("from"))
        text, other = _content(row, place, entry)
        left_out += other
        if isinstance(name, str) and name.casefold() in _TOOLS:
            left_out += 1
        elif not isinstance(name, str) or name.casefold() not in _ROLES:
            raise row.refuse(
                f"({place}) has the role {in_quotes(str(name))}. Use system, user or assistant."
                if name
                else f"({place}) has no `role`. Use system, user or assistant."
            )
        elif text.strip():
            messages.append(Message(_ROLES[name.casefold()], text))
    return messages, left_out


def _content(row: Row, place: str, entry: dict[str, Any]) -> tuple[str, int]:
    """Return the text of a message, and how many parts of it are no text."""
    value = entry.get("content", entry.get("value"))
    if value is None:  # an assistant that only calls a tool
        return "", int(bool(entry.get("tool_calls")))
    if isinstance(value, str):
        return clean(unify_line_ends(value)), 0
    if not isinstance(value, list):
        raise row.refuse(f"({place}) has no text in `content`.")
    texts = [part["text"] for part in value if _is_text(part)]
    return clean(unify_line_ends("\n\n".join(texts))), len(value) - len(texts)


def _is_text(part: Any) -> bool:
    return isinstance(part, dict) and isinstance(part.get("text"), str)
