"""Turn a row into examples: pieces of text, and what each of them is.

{"text": "You wake in a cell. …"}                                   text
{"prompt": "You wake in a cell.", "completion": "The door is open."}  context, reply
{"messages": [{"role": "system", "content": "A prison break."},     memory
              {"role": "assistant", "content": "You wake."},        reply
              {"role": "user", "content": "open the door"}]}        action
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from dungeon import transcript
from dungeon.data_files import columns
from dungeon.data_files.messages import Message, read_messages
from dungeon.data_files.player_turns import continues_only, to_action_text
from dungeon.data_files.rows import Row
from dungeon.text import clean, clean_line
from dungeon.text.encoding import unify_line_ends
from dungeon.text.training_markers import split_documents
from dungeon.transcript import ActionLine, Prose

Kind = Literal["memory", "context", "action", "reply", "text"]
"""`context` is what else the model is given: a prompt, or prose by the player. `text` may hold
everything, actions on lines that start with `>` too."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an example. The pieces of an example, joined, are its text."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Example:
    """One text to train on, from a row."""

    pieces: tuple[Piece, ...]
    """None of them is empty; there are none where the row has no text."""
    place: str
    number: int
    """The number of its row."""
    metadata: dict[str, str]
    """Columns such as `id`, `title` and `licence`."""
    left_out: int = 0
    """Messages that no text can show: of tools, and pictures."""


def read_examples(row: Row) -> Iterator[Example]:
    """Yield the examples of a row: one, or several where its text is split by markers.

    Raises InputRefused, naming the row and its columns, where it has no text or is something else.
    """
    _refuse_own_files(row)
    values, metadata = row.values, _metadata(row.values)
    if column := columns.conversation_column(values):
        messages, left_out = read_messages(row, column, values[column])
        pieces = _conversation(messages)
        yield Example(pieces, row.place, row.number, metadata, left_out)
    elif pair := columns.prompt_columns(values):
        pieces, left_out = _prompt_and_completion(row, *pair)
        yield Example(pieces, row.place, row.number, metadata, left_out)
    elif columns.TEXT in values:
        for pieces in _texts(_text(row, columns.TEXT)):
            yield Example(pieces, row.place, row.number, metadata)
    else:
        raise row.without_text()


def _refuse_own_files(row: Row) -> None:
    if "passages" in row.values and "start" in row.values:
        raise row.refuse(
            "is a story of `grue stories`. Run `grue corpus build` on this file first, and train "
            "on the folder that it writes."
        )
    if row.values.get("format") == "grue adventure":
        raise row.refuse(
            "is an adventure of `grue saves export`. Run `grue corpus build` on this file first, "
            "and train on the folder that it writes."
        )


def _metadata(values: dict[str, Any]) -> dict[str, str]:
    found = {name: values.get(name) for name in columns.METADATA}
    return {
        "licence" if name == "license" else name: clean_line(str(value))[:200]
        for name, value in found.items()
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip()
    }


def _text(row: Row, column: str) -> str:
    value = row.values[column]
    if value is None:
        return ""
    if not isinstance(value, str):
        raise row.refuse(f"has no text in the column {column}, but {_name(value)}.")
    return clean(unify_line_ends(value))


def _name(value: object) -> str:
    names = {dict: "an object", list: "a list", bool: "true or false"}
    return names.get(type(value), "a number")


# ── Text, prompt and completion ──────────────────────────────────────────────────────────────────


def _texts(text: str) -> Iterator[tuple[Piece, ...]]:
    """Yield the pieces of each document of `text`; of one without text, no pieces once."""
    is_empty = True
    for document in split_documents(text):
        memory = transcript.write(map(Prose, document.instructions))
        found = _joined((("memory", memory), ("text", document.text.strip())))
        if any(piece.kind == "text" for piece in found):
            is_empty = False
            yield found
    if is_empty:
        yield ()


def _joined(parts: "tuple[tuple[Kind, str], ...] | list[tuple[Kind, str]]") -> tuple[Piece, ...]:
    """Return parts as pieces with a blank line between them; empty parts leave no trace."""
    pieces: list[Piece] = []
    for kind, text in parts:
        if text:
            pieces.append(Piece(kind, transcript.SEPARATOR + text if pieces else text))
    return tuple(pieces)


def _prompt_and_completion(row: Row, prompt: str, completion: str) -> tuple[tuple[Piece, ...], int]:
    if isinstance(row.values[prompt], list) or isinstance(row.values[completion], list):
        asked, left_out = read_messages(row, prompt, row.values[prompt], role="user")
        answered, more = read_messages(row, completion, row.values[completion], role="assistant")
        pieces = _conversation(asked + answered, trained_from=len(asked))
        return pieces, left_out + more
    given, wanted = _text(row, prompt), _text(row, completion)
    if prompt == "instruction" and row.values.get(columns.EXTRA_INPUT):
        given = f"{given.rstrip()}{transcript.SEPARATOR}{_text(row, columns.EXTRA_INPUT)}"
    if not wanted.strip():
        return (), 0
    if not given.strip():
        return (Piece("reply", wanted.strip()),), 0
    if not given[-1].isspace() and not wanted[0].isspace():
        wanted = transcript.SEPARATOR + wanted
    return (Piece("context", given.lstrip()), Piece("reply", wanted.rstrip())), 0


# ── Conversations ────────────────────────────────────────────────────────────────────────────────


def _conversation(messages: list[Message], trained_from: int = 0) -> tuple[Piece, ...]:
    """Return a conversation as a transcript, as the game would have played it.

    Replies before the message number `trained_from` are context.
    """
    memory: list[str] = []
    parts: list[tuple[Kind, str]] = []
    for number, message in enumerate(messages):
        text = transcript.normalise(message.text)
        if message.role == "user" and continues_only(text):
            continue
        if message.role == "user" and (action := to_action_text(text, opens=not parts)):
            parts.append(("action", transcript.write([ActionLine(action)])))
        elif message.role == "assistant":
            parts.append(("reply" if number >= trained_from else "context", text))
        elif parts:
            parts.append(("context", text))
        else:
            memory.append(text)
    front: tuple[Kind, str] = ("memory", transcript.SEPARATOR.join(filter(None, memory)))
    return _joined([front, *parts]) if any(kind == "reply" for kind, _ in parts) else ()
