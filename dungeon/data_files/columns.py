"""Name the columns that hold text, as the libraries for training name them."""

from collections.abc import Collection

TEXT = "text"
CONVERSATIONS = ("messages", "conversations", "conversation")
"""Lists of `role` and `content`, or of `from` and `value` as ShareGPT writes them."""

PROMPTS = (("prompt", "completion"), ("prompt", "response"), ("instruction", "output"))
"""Pairs of columns: what the model is given, and what it is trained to write."""

EXTRA_INPUT = "input"
"""Column with more of the prompt, beside `instruction`."""

METADATA = frozenset({"id", "title", "author", "language", "licence", "license", "source"})
"""Columns that tell of a row, where they hold a string."""

EXPECTED = "text, messages, conversations, or prompt and completion"


def conversation_column(columns: Collection[str]) -> str:
    """Return the column that holds a conversation; "" where there is none."""
    return next((name for name in CONVERSATIONS if name in columns), "")


def prompt_columns(columns: Collection[str]) -> tuple[str, str] | None:
    """Return the columns of prompt and completion, or None."""
    return next(((p, c) for p, c in PROMPTS if p in columns and c in columns), None)


def has_text_columns(columns: Collection[str]) -> bool:
    """Return whether there is a column with text that Grue can read."""
    return bool(TEXT in columns or conversation_column(columns) or prompt_columns(columns))


def columns_to_read(columns: Collection[str]) -> list[str]:
    """Return the columns that are needed, so that pictures beside the text are not read.

    All of them where none has text: an error lists them.
    """
    needed = {TEXT, *CONVERSATIONS, *(name for pair in PROMPTS for name in pair), EXTRA_INPUT}
    if not has_text_columns(columns):
        return list(columns)
    return [name for name in columns if name in needed | METADATA]
