"""Split text in the formats of older trainers and chat models at its special tokens.

A chat becomes a transcript: what the user wrote is an action, what the assistant wrote is prose.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_MARKER = re.compile(
    r"<\|(?P<border>startoftext|endoftext|begin_of_text|end_of_text)\|>"
    r"|<\|im_start\|>[ \t]*(?P<chatml>\w{1,40})?[ \t]*\n?"
    r"|<\|start_header_id\|>[ \t]*(?P<llama>\w{1,40})?[ \t]*<\|end_header_id\|>"
    r"|(?P<inst>\[/?INST\])|(?P<system><</?SYS>>)"
    r"|(?P<end><\|(?:im_end|im_start|im_sep|eot_id|eom_id|start_header_id|end_header_id|pad)\|>)"
)
_DOCUMENT_START = re.compile(
    r"(?=<\|(?:startoftext|endoftext|begin_of_text|end_of_text)\|>|<s>[ \t]*\[INST\]"
    r"|<\|im_start\|>[ \t]*system\b|<\|start_header_id\|>[ \t]*system\b)"
)
_SENTENCE_MARK = re.compile(r"</?s>")
"""Borders of documents beside `[INST]`; elsewhere `<s>` is HTML."""

_LLAMA_ROLES = {"[INST]": "user", "[/INST]": "assistant", "<<SYS>>": "system", "<</SYS>>": "user"}
_NO_STORY = frozenset({"system", "developer", "tool", "ipython", "function"})
"""Roles that neither play nor tell."""


@dataclass(frozen=True, slots=True)
class MarkedDocument:
    """A document between two markers, without any marker."""

    text: str
    instructions: tuple[str, ...] = ()
    """Messages that neither play nor tell, such as the system prompt. `text` is without them."""


def has_markers(text: str) -> bool:
    """Return whether `text` has special tokens of a trainer in it."""
    return _MARKER.search(text) is not None


def split_documents(text: str) -> Iterator[MarkedDocument]:
    """Yield the documents of `text`; the only one is `text` itself where it has no markers."""
    if not has_markers(text):
        yield MarkedDocument(text)
        return
    if "[INST]" in text:
        text = _SENTENCE_MARK.sub("<|endoftext|>", text)
    blocks: list[str] = []
    instructions: list[str] = []
    for role, message in _messages(text):
        starts_anew = role == "" or (role == "system" and blocks)
        if starts_anew and blocks:
            yield MarkedDocument("\n\n".join(blocks), tuple(instructions))
            blocks, instructions = [], []
        if role in _NO_STORY and message:
            instructions.append(message)
        elif message:
            blocks.append(f"> {' '.join(message.split())}" if role == "user" else message)
    if blocks:
        yield MarkedDocument("\n\n".join(blocks), tuple(instructions))


def split_lines(lines: Iterable[str], max_length: int) -> Iterator[MarkedDocument]:
    """Yield the documents of a text that is too long for memory, from its lines with their ends.

    A document of more than `max_length` characters is cut at the next empty line, or within twice
    that length. None is empty.
    """
    waiting: list[str] = []
    length = 0
    for line in lines:
        *ended, rest = cut_at_borders(line)
        is_full = length > max_length and not line.strip()
        if ended or is_full or length > 2 * max_length:
            yield from _with_text("".join([*waiting, *ended]))
            waiting, length = [], 0
        waiting.append(rest)
        length += len(rest)
    yield from _with_text("".join(waiting))


def _with_text(text: str) -> Iterator[MarkedDocument]:
    return (document for document in split_documents(text) if document.text.strip())


def cut_at_borders(text: str) -> list[str]:
    """Return the parts of `text` before, between and behind markers that start a document.

    The parts, joined, are `text`: each keeps its markers.
    """
    return _DOCUMENT_START.split(text)


def remove_markers(text: str) -> str:
    """Return `text` of one line with a space in place of each marker."""
    return " ".join(_MARKER.sub(" ", text).split()) if has_markers(text) else text


def _messages(text: str) -> Iterator[tuple[str, str]]:
    """Yield each text between two markers with its role; "" starts a document."""
    role, position = "", 0
    for marker in _MARKER.finditer(text):
        yield role, text[position : marker.start()].strip()
        position = marker.end()
        named = marker["chatml"] or marker["llama"] or ""
        if marker["border"]:
            role = ""
        elif marker["inst"] or marker["system"]:
            role = _LLAMA_ROLES[marker[0]]
        else:
            role = named.casefold() or "text"
    yield role, text[position:].strip()
