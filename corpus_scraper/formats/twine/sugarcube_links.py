"""Read the arguments of SugarCube's macros, and the links that macros and images make of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from corpus_scraper.formats.twine import links
from corpus_scraper.formats.twine.passages import BACK, Goto, Include, Link, Node, Note

_BRACKETED = r"\[(?:[^\[\]\n]|\[[^\[\]\n]*+\])*+\]"
IMAGE = rf"\[[<>]?[iI][mM][gG]{_BRACKETED}(?:{_BRACKETED})?(?:{links.SETTER})?\]"
"""`[img[title|source][passage][setter]]`; all but the source may be absent."""

_IMAGE_PARTS = re.compile(_BRACKETED)
_STRINGS = (
    r"\"(?P<double>(?:[^\"\\\n]|\\.)*+)\"|(?<![\w)])'(?P<single>(?:[^'\\\n]|\\.)*+)'"
    r"|`(?P<code>[^`\n]*+)`"
)
_ARGUMENT = re.compile(
    rf"(?P<link>{links.LINK})|(?P<image>{IMAGE})|{_STRINGS}|(?P<word>[^\s\"'`,]\S*)"
)
_END = re.compile(
    rf"(?:{links.LINK}|{IMAGE}|{re.sub('[?]P<[a-z]+>', '?:', _STRINGS)}|\\.|[^>]|>(?!>))*+>>"
)
_JUMP = re.compile(r"\bEngine\.(?:play|goto)\(\s{0,20}(?:\"([^\"\n]+)\"|'([^'\n]+)')")

TAKES_TARGET = frozenset({"link", "button", "click"})
"""Macros whose second argument is a passage."""

_ENTRIES = frozenset({"textbox", "numberbox", "textarea"})
_ENTERED = Note("The player enters a text or a number.")


@dataclass(frozen=True, slots=True)
class _Value:
    """An argument that is no link."""

    shown: str
    """Its text, where it is shown."""
    name: str
    """The passage that it names; it starts with `$` or `_` where that is computed."""


_Argument = Link | _Value


def parse_image(written: str) -> Link | None:
    """Return the link that an image is; None where it leads nowhere.

    Its text is the title, which the prose does not show.
    """
    source, *more = (part[1:-1] for part in _IMAGE_PARTS.findall(written, written.index("[", 1)))
    if not more or not more[0].strip():
        return None
    title = source.rpartition("|")[0].strip()
    return Link(title, links.parse_link(f"[[{more[0]}]]").target, is_shown=False)


def end_of_arguments(text: str, begin: int) -> int:
    """Return where a macro's arguments end, or -1; `>>` in a string or link does not count."""
    found = _END.match(text, begin)
    return found.end() - 2 if found else -1


def macro_link(name: str, written: str, body: tuple[Node, ...], known: Mapping[str, str]) -> Link:
    """Return the link that `<<link>>`, `<<button>>` or one of their kind makes."""
    given = list(_arguments(written, known))
    match given:
        case [Link() as link, *_]:
            return Link(link.text, link.target, body, link.is_shown)
        case [_Value() as text, _Value() as target, *_] if name in TAKES_TARGET:
            return Link(text.shown, target.name, body)
        case [_Value() as text, *_]:
            return Link(text.shown, "", body)
    return Link("", "", body)


def macro_nodes(name: str, written: str, known: Mapping[str, str]) -> Sequence[Node]:
    """Return what a macro without content adds where it is a link, a jump or an entry field."""
    if name == "run":
        jump = _JUMP.search(written)
        return (Goto(jump[1] or jump[2]),) if jump else ()
    given = list(_arguments(written, known))
    match name:
        case "include" | "display":
            return (Include(_target(given)),)
        case "goto":
            return (Goto(_target(given)),)
        case "choice":
            return tuple(_choice(given))
        case "actions":
            return tuple(map(_as_link, given))
        case "back" | "return":
            return (_way_back(given),)
        case _ if name in _ENTRIES:
            named = [each.name for each in given[2:] if isinstance(each, _Value)]
            target = next((each for each in named if each != "autofocus"), "")
            linked = [each for each in given if isinstance(each, Link)]
            return (_ENTERED, *linked, *((Link("", target),) if target else ()))
    return ()


def count_jumps(text: str) -> int:
    """Return how often a script jumps to a passage."""
    return sum(1 for _ in _JUMP.finditer(text)) if "Engine." in text else 0


def _choice(given: Sequence[_Argument]) -> Iterator[Link]:
    """Yield the link of `<<choice>>`, which names the passage first, and then the text."""
    match given:
        case [_Value() as target, _Value() as text, *_]:
            yield Link(text.shown, target.name)
        case [first, *_]:
            yield _as_link(first)


def _way_back(given: Sequence[_Argument]) -> Link:
    match given:
        case [Link() as link, *_]:
            return link
        case [_Value() as text, _Value() as target, *_] if target.name[:1] not in "$_":
            return Link(text.shown, target.name)
        case [_Value() as text, *_]:
            return Link(text.shown, BACK)
    return Link("", BACK)


def _as_link(argument: _Argument) -> Link:
    return argument if isinstance(argument, Link) else Link(argument.shown, argument.name)


def _target(given: Sequence[_Argument]) -> str:
    match given:
        case [Link(target=target), *_]:
            return target
        case [_Value(name=name), *_]:
            return name
    return ""


def _arguments(written: str, known: Mapping[str, str]) -> Iterator[_Argument]:
    """Yield the arguments of a macro; strings and values that `+` joins are one."""
    joined: _Value | None = None
    adds = False
    for found in _ARGUMENT.finditer(written):
        argument = _argument(found, known)
        if found["word"] == "+":
            adds = joined is not None
        elif isinstance(argument, _Value):
            if joined and adds:
                argument = _Value(joined.shown + argument.shown, joined.name + argument.name)
            elif joined:
                yield joined
            joined, adds = argument, False
        elif argument:
            if joined:
                yield joined
            joined, adds = None, False
            yield argument
    if joined:
        yield joined


def _argument(found: re.Match[str], known: Mapping[str, str]) -> _Argument | None:
    match found.lastgroup:
        case "link":
            return links.parse_link(found[0])
        case "image":
            return parse_image(found[0])
        case "double" | "single":
            text = re.sub(r"\\(.)", r"\1", found["double"] or found["single"] or "")
            return _Value(text, text)
        case "code":
            text = links.evaluate(found["code"].strip(), known)
            return _Value(text, text if found["code"].strip()[:1] in "\"'" else found["code"])
    word = found[0]
    if word[0] in "$_":
        return _Value(links.evaluate(word, known), known.get(word[1:], word))
    return _Value(word, word)
