"""Read JSON Lines files of prompts and replies, whose text passes `dungeon.text.clean()` here."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dungeon.errors import InputRefused
from dungeon.text import clean
from dungeon.text.encoding import SAVE_AS_UTF_8
from dungeon.transcript import as_prompt, normalise

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class LineForm:
    """What a line has to be, as messages say it."""

    name: str
    """Such as `A pair`."""
    fields: str
    """Such as `prompt, chosen and rejected`."""
    origin: str
    """A sentence on where such a file comes from."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file: a JSON object."""

    path: Path
    number: int
    document: dict[str, Any]
    form: LineForm

    def refuse(self, problem: str) -> InputRefused:
        """Return the refusal of this line."""
        return InputRefused(f"{self.path}, line {self.number}: {problem}")

    def value(self, name: str) -> Any:
        """Return the field called `name`. Raises InputRefused where there is none."""
        if name not in self.document:
            form = self.form
            raise self.refuse(f"There is no {name}. {form.name} needs {form.fields}.")
        return self.document[name]

    def prompt(self) -> str:
        """Return the prompt, without space at its end. Raises InputRefused where it is no text."""
        return as_prompt(self._text("prompt", self.value("prompt")))

    def reply(self, name: str, value: Any) -> str:
        """Return `value` as a transcript has a reply; messages call it `name`.

        Raises InputRefused where it is no text, or empty.
        """
        text = normalise(self._text(name, value))
        if not text.strip():
            raise self.refuse(f"{name} is empty.")
        return text

    def _text(self, name: str, value: Any) -> str:
        if not isinstance(value, str):
            raise self.refuse(
                f"{name} must be a text, not {type(value).__name__}: messages of a chat are no "
                "story."
            )
        text = clean(value)
        if not text.strip():
            raise self.refuse(f"{name} is empty.")
        return text


def read_file(path: Path) -> bytes:
    """Return the content of a file. Raises InputRefused where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputRefused(f"{path} cannot be read: {error.strerror}.") from error


def parse_lines(path: Path, data: bytes, form: LineForm) -> Iterator[Line]:
    """Yield each line of `data`, the content of `path`, that is not blank.

    Raises InputRefused, naming the line, where one is no JSON object.
    """
    for number, line in enumerate(data.removeprefix(_BYTE_ORDER_MARK).split(b"\n"), 1):
        if line.strip():
            yield _parse_line(path, number, line, form)


def _parse_line(path: Path, number: int, line: bytes, form: LineForm) -> Line:
    parsed = Line(path, number, {}, form)
    try:
        document = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise parsed.refuse(f"This is not UTF-8 text. {SAVE_AS_UTF_8}") from error
    except (ValueError, RecursionError) as error:
        raise parsed.refuse(f"This is not JSON. {form.origin}") from error
    if not isinstance(document, dict):
        raise parsed.refuse(f"{form.name} is an object with {form.fields}.")
    return Line(path, number, document, form)
