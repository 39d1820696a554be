"""Turn a line of ChoiceScript into prose: values `${…}`, texts to choose from `@{…}`, styles.

Nothing is computed: a value becomes its author's first one, and of several texts the first is kept.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from corpus_scraper.formats.placeholders import placeholder_for
from corpus_scraper.formats.story_file import MAX_DEPTH

_BREAK = re.compile(r"\[n/\]", re.IGNORECASE)
_STYLES = re.compile(
    r"\[/?(?:b|i|u|c|s|url|color|size|img|center|quote)(?:=[^\[\]\n]{0,200})?/?\]", re.IGNORECASE
)
_BRACE = re.compile(r"(?P<sign>[$@])(?P<capitals>!{0,2})\{|(?P<plain>\{)|\}")

ChooseText = Callable[[str, Sequence[str]], str]
"""Returns one of several texts, given what they depend on: a variable, or `(a condition)`."""


def first_text(_: str, texts: Sequence[str]) -> str:
    """Return the first of several texts that is not blank."""
    return next((each for each in texts if each.strip()), "")


@dataclass(slots=True)
class _Braces:
    """Open braces, and what they hold so far."""

    opening: str = ""
    sign: str = ""
    """`$` or `@`."""
    capitals: str = ""
    start: int = 0
    """Where their content starts in the line."""
    plain: int = 0
    """Open braces of prose within them."""
    text: list[str] = field(default_factory=list)


def plain_text(line: str, values: Mapping[str, str], choose: ChooseText = first_text) -> str:
    """Return a line as a player reads it, with `values` for its variables."""
    stack = [_Braces()]
    position = 0
    for brace in _BRACE.finditer(line):
        here = stack[-1]
        here.text.append(line[position : brace.start()])
        position = brace.end()
        if brace["sign"] and len(stack) <= MAX_DEPTH:
            stack.append(_Braces(brace[0], brace["sign"], brace["capitals"], brace.end()))
        elif brace[0] == "}" and not here.plain and stack[1:]:
            stack.pop()
            written = line[here.start : brace.start()]
            stack[-1].text.append(_shown(here, written, stack[-1].text, values, choose))
        else:
            here.plain = max(here.plain + (-1 if brace[0] == "}" else 1), 0)
            here.text.append(brace[0])
    stack[-1].text.append(line[position:])
    text = "".join(piece for braces in stack for piece in (braces.opening, *braces.text))
    return _STYLES.sub("", _BREAK.sub("\n", text))


def _shown(
    braces: _Braces, written: str, before: list[str], values: Mapping[str, str], choose: ChooseText
) -> str:
    """Return what is shown for closed braces, which hold `written`."""
    if braces.sign == "$":
        value = placeholder_for(written.lower(), values)
        return _capitalise(braces.capitals or "!" * _starts_sentence(before), value)
    inner = "".join(braces.text)
    start = _after_condition(inner)
    return _capitalise(braces.capitals, choose(inner[:start].strip(), inner[start:].split("|")))


def _starts_sentence(before: list[str]) -> bool:
    last = next((piece.rstrip() for piece in reversed(before) if piece.strip()), "")
    return not last or last[-1] in ".!?"


def _after_condition(inner: str) -> int:
    """Return where the texts begin: after a variable, or an expression in round brackets."""
    start = len(inner) - len(inner.lstrip())
    end = _closing(inner, start) if inner.startswith("(", start) else start
    space = inner.find(" ", end)
    return space + 1 if space >= 0 else len(inner)


_BRACKETS = re.compile(r'[()#]|"[^"]*"')


def _closing(text: str, start: int) -> int:
    """Return where the round bracket at `start` is closed; the end of the text where it is not."""
    depth = 0
    for found in _BRACKETS.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    return len(text)


def option_start(text: str) -> int:
    """Return where the `#` of an option stands behind a condition; the end where there is none.

    `#` within brackets takes a letter out of a text: `((name#1) = "A")`.
    """
    depth = 0
    for found in _BRACKETS.finditer(text):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if found[0] == "#" and depth <= 0:
            return found.start()
    return len(text)


def _capitalise(marks: str, text: str) -> str:
    """Return `text` with a first capital (`!`), or in capitals (`!!`)."""
    return text.upper() if marks == "!!" else text[:1].upper() + text[1:] if marks else text
