"""Provides Chapbook, a dialect of Twine: variables first, then prose with inserts and modifiers.

An insert stands in braces within the prose; a modifier is a line in square brackets that says what
is done with the lines below it. Knows nothing of arithmetic: conditions are kept as written.
"""

import re
from collections.abc import Mapping, Sequence

from corpus_scraper.formats.markup import without_doubled, without_hidden, without_markdown
from corpus_scraper.formats.twine.links import (
    LINK,
    filled,
    first_values,
    link,
    strings,
    with_brackets,
)
from corpus_scraper.formats.twine.nodes import (
    BACK,
    OTHERWISE,
    Dialect,
    If,
    Include,
    Link,
    Node,
    Words,
)

_VARIABLE = re.compile(
    r"^[ \t]*([A-Za-z_][\w.]{0,60})[ \t]*(?:\([^()\n]*\))?[ \t]*:[ \t]*(.+)$", re.M
)
_MODIFIER = re.compile(r"^[ \t]*\[(?!\[)([^\[\]\n]{1,300})\][ \t]*$", re.MULTILINE)
_TOKEN = re.compile(rf"(?P<link>{LINK})|(?P<insert>\{{[^{{}}\n]{{1,1000}}\}})")
_HIDDEN = ("javascript", "css", "note", "n.b.", "todo", "fixme")
_ARGUMENT = re.compile(r"\b(\w+)\s{0,9}:\s{0,9}(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)')")


def values(text: str) -> Mapping[str, str]:
    """Return the plain values that a passage gives to variables."""
    return first_values(_VARIABLE.findall(_parts(text)[0]))


def nodes(text: str, known: Mapping[str, str]) -> Sequence[Node]:
    """Return what a passage says."""
    prose = with_brackets(without_hidden(_parts(text)[1]))
    found: list[Node] = []
    position, modifier = 0, ""
    for line in (*_MODIFIER.finditer(prose), None):
        end = line.start() if line else len(prose)
        _modify(found, modifier, _prose(prose[position:end], known))
        if line:
            position, modifier = line.end(), line[1].strip()
    return found


def plain(text: str) -> str:
    """Return a paragraph without the marks of emphasis."""
    return without_markdown(without_doubled(text, "~~"))


DIALECT = Dialect(values, nodes, plain)


def _parts(text: str) -> tuple[str, str]:
    """Return the lines of variables, which end with a line `--`, and the prose without them."""
    above: list[str] = []
    below: list[str] = []
    rules = 0
    for line in text.split("\n"):
        if line.strip() != "--":
            below.append(line)
            continue
        rules += 1
        while below and (rules == 1 or not below[-1].strip() or _VARIABLE.fullmatch(below[-1])):
            above.append(below.pop())
    return "\n".join(reversed(above)), "\n".join(below)


def _modify(found: list[Node], modifier: str, inner: list[Node]) -> None:
    """Add the nodes below a modifier as it asks for."""
    for part in modifier.split(";"):
        word, _, asked = part.strip().partition(" ")
        match word.lower():
            case "if" | "unless" | "ifalways" | "ifnever":
                negated = word.lower() in ("unless", "ifnever")
                found.append(If(((f"not ({asked})" if negated else asked, tuple(inner)),)))
                return
            case "else" if found and isinstance(chain := found[-1], If):
                found[-1] = If((*chain.branches, (OTHERWISE, tuple(inner))))
                return
            case hidden if hidden in _HIDDEN:
                return
    found += inner


def _prose(text: str, known: Mapping[str, str]) -> list[Node]:
    found: list[Node] = []
    position = 0
    for token in _TOKEN.finditer(text):
        found += [Words(text[position : token.start()])]
        found += [link(token[0])] if token["link"] else _insert(token[0][1:-1].strip(), known)
        position = token.end()
    found.append(Words(text[position:]))
    return found


def _insert(written: str, known: Mapping[str, str]) -> list[Node]:
    """Return what an insert says: an expression, another passage, or something to pick."""
    arguments = {name.lower(): one or other for name, one, other in _ARGUMENT.findall(written)}
    quoted = strings(written)
    name = re.split(r"[:,]", written, maxsplit=1)[0].strip().lower()
    match name:
        case "embed passage" | "embed passage named":
            return [Include(quoted[0] if quoted else "")]
        case "reveal link":
            text = arguments.get("reveal link") or (quoted[0] if quoted else "")
            if passage := arguments.get("passage"):
                return [Link(text, body=(Include(passage),))]
            return [Link(text, body=(Words(arguments.get("text", "")),))]
        case "link to":
            target = quoted[0] if quoted else ""
            return [Link(arguments.get("label") or target, target)]
        case "back link":
            return [Link(arguments.get("label", ""), BACK)]
        case "cycling link for" | "dropdown menu for":
            choices = strings(written.partition("choices")[2])
            return [Words(choices[0] if choices else "")]
        case _ if re.fullmatch(r"[\w.]+", written):
            return [Words(filled(written, known))]
    return []
