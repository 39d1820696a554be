"""Links in double brackets, string literals and variables, which the story formats share."""

import html
import re
from collections.abc import Iterable, Mapping

from corpus_scraper.formats.html_tags import tag_spans
from corpus_scraper.formats.html_tokens import EMPTY
from corpus_scraper.formats.placeholders import NEUTRAL, literal, placeholder_for
from corpus_scraper.formats.twine.passages import BACK, OUTSIDE, Link

SETTER = r"\[(?:\"[^\"\n]*+\"|[^\[\]]|\[[^\[\]]*+\])*+\]"
"""What a SugarCube link does to variables; it may hold brackets, also in a text."""

LINK = (
    r"\[\[(?:(?!\[)|(?=\[[^\[\]\n]{0,60}\](?:->|\|)))(?:[^\[\]\n]|\[[^\[\]\n]{0,60}\])++\]"
    rf"(?:{SETTER})?\]"
)
"""Text and passage in double brackets, perhaps with a SugarCube setter."""

_RETURNS = re.compile(r"(?:previous|back|return)\(\)")
_SETTER = re.compile(rf"\]{SETTER}\Z")
_ADDRESS = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]{1,20}://|mailto:|javascript:)", re.IGNORECASE)


def parse_link(written: str) -> Link:
    """Return the link in double brackets.

    `text->passage` (the last arrow counts), `passage<-text` (the first), `text|passage`, `passage`.
    """
    inner = written[2:-2]
    if setter := _SETTER.search(written[:-1]):
        inner = written[2 : setter.start()]
    if "->" in inner:
        text, _, target = inner.rpartition("->")
    elif "<-" in inner:
        target, _, text = inner.partition("<-")
    elif "|" in inner:
        text, _, target = inner.partition("|")
    else:
        text = target = inner
    if _ADDRESS.match(target):
        return Link("" if text == target else text.strip(), OUTSIDE)
    text, target = text.translate(_WRITTEN).strip(), target.translate(_WRITTEN).strip()
    return Link(text, BACK if _RETURNS.fullmatch(target) else target)


_SIGNS = {ord(sign): chr(0xE010 + number) for number, sign in enumerate("[]|-")}
"""In the text of an element that is put in double brackets: characters that are no signs there."""

_WRITTEN = {ord(stand_in): chr(sign) for sign, stand_in in _SIGNS.items()}
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
_ATTRIBUTE = re.compile(
    r"(?<![\w-])(?P<computed>@|sc-eval:)?(?P<name>data-passage|alt|title|value)[ \t\n]{0,20}="
    r"[ \t\n]{0,20}(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'<>]++))",
    re.IGNORECASE,
)
_QUOTED_NAME = re.compile(r"\s*([\"'])(.*)\1\s*", re.DOTALL)


def bracket_links(text: str) -> str:
    """Return `text` with HTML elements that lead to a passage as links in double brackets.

    An element that is never closed ends with its line.
    """
    if "data-passage" not in text.lower():
        return text
    pieces: list[str] = []
    position = 0
    inside: tuple[str, str] | None = None  # the name of the open element, and its passage
    depth = 0
    for start, end in (*tag_spans(text), (len(text), len(text))):
        named = _TAG.match(text, start)
        name = named[2].lower() if named else ""
        attributes = _attributes(text[start:end]) if named and not named[1] else {}
        target = attributes.get("data-passage", "")
        if inside and named and name == inside[0] and not target:
            depth += -1 if named[1] else text[end - 2] != "/"
        if inside and (target or not depth or not named):
            until = start
            if depth and (line_end := text.find("\n", position, start)) >= 0:
                until = line_end
            pieces.append(_bracketed(text[position:until], inside[1]))
            position = until if until < start else start if target or not named else end
            inside = None
        if not target:
            continue
        pieces.append(text[position:start])
        position = end
        if name in EMPTY or text[end - 2] == "/":
            shown = next(filter(None, map(attributes.get, ("alt", "title", "value"))), "")
            pieces.append(_bracketed(shown, target))
        else:
            inside, depth = (name, target), 1
    return "".join(pieces) + text[position:]


def _attributes(tag: str) -> dict[str, str]:
    """Return the attributes of a tag that tell of a link."""
    if "data-passage" not in tag.lower():
        return {}
    found: dict[str, str] = {}
    for each in _ATTRIBUTE.finditer(tag):
        value = html.unescape(each[3] or each[4] or each[5] or "")
        if each["computed"] and (quoted := _QUOTED_NAME.fullmatch(value)):
            value = quoted[2]
        found.setdefault(each["name"].lower(), value)
    return found


def _bracketed(text: str, target: str) -> str:
    words = " ".join(text.split()) or target
    return f"[[{words.translate(_SIGNS)}|{target.strip().translate(_SIGNS)}]]"


_STRING = re.compile(r"\"((?:[^\"\\\n]|\\.){0,2000})\"|(?<![\w)])'((?:[^'\\\n]|\\.){0,2000})'")


def string_literals(written: str) -> list[str]:
    """Return the string literals in an expression."""
    return [
        re.sub(r"\\(.)", r"\1", one or other) for one, other in _STRING.findall(written[:20_000])
    ]


def initial_values(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the first plain value of each variable; an empty string counts."""
    found: dict[str, str] = {}
    for name, written in pairs:
        text = literal(written)
        if text or written.strip() in ('""', "''"):
            found.setdefault(name, text)
    return found


def variable_text(name: str, known: Mapping[str, str]) -> str:
    """Return the text for a variable: its first value, else a placeholder."""
    return "" if known.get(name) == "" else placeholder_for(name, known)


_LISTED = re.compile(r"(?:_\.)?(?:either|sample|shuffle|random|cond|nth)\b", re.IGNORECASE)
_OWN = r"(?:(?:s|State\.variables|story\.state)\.)?"
_NAMED = re.compile(rf"(?<![\w\"'])[$_]?{_OWN}([A-Za-z]\w{{0,60}})")


def evaluate(expression: str, known: Mapping[str, str]) -> str:
    """Return the text of an expression: its first string literal, else its variable."""
    quoted = string_literals(expression)
    if quoted and expression[:1] in "\"'`":
        return _sum(expression[:20_000], known)
    if quoted and _LISTED.match(expression):
        return quoted[0]
    if text := literal(expression):
        return text
    if _LISTED.match(expression):
        return placeholder_for("number")
    variable = re.search(r"[$_]([A-Za-z]\w{0,60})", expression) or _NAMED.search(expression)
    return variable_text(variable[1], known) if variable else NEUTRAL


_PART = re.compile(rf"{_STRING.pattern}|([$_]?[A-Za-z][\w.]{{0,120}})")


def _sum(expression: str, known: Mapping[str, str]) -> str:
    """Return the concatenation of strings and variables: `"You, " + $name + "."`."""
    text: list[str] = []
    for one, other, name in _PART.findall(expression):
        if not name:
            text.append(re.sub(r"\\(.)", r"\1", one or other))
        elif name.startswith(("$", "_")) or "." in name:
            text.append(variable_text(name.rpartition(".")[2].lstrip("$_"), known))
    return "".join(text)


_REST_OF_EMPHASIS = re.compile(r"[^_\n]{0,200}[^_\s]_(?!\w)")


def is_emphasis(text: str, name: str, end: int) -> bool:
    """Return whether `name`, which ends at `end`, starts what stands between underscores.

    That is prose: `_it_`, `_no more_`.
    """
    return name.endswith("_") or bool(_REST_OF_EMPHASIS.match(text, end))
