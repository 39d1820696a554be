"""Links in double brackets, string literals and variables, which the story formats share."""

import re
from collections.abc import Iterable, Mapping

from corpus_scraper.formats.placeholders import NEUTRAL, literal, placeholder_for
from corpus_scraper.formats.twine.passages import BACK, Link, Text

LINK = (
    r"\[\[(?:(?!\[)|(?=\[[^\[\]\n]{0,60}\](?:->|\|)))(?:[^\[\]\n]|\[[^\[\]\n]{0,60}\]){1,2000}\]"
    r"(?:\[[^\[\]\n]{0,1000}\])?\]"
)
"""Text and passage in double brackets, perhaps with a SugarCube setter."""

_RETURNS = re.compile(r"(?:previous|back|return)\(\)")
_SETTER = re.compile(r"\]\[[^\[\]]*$")
_ADDRESS = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]{1,20}://|mailto:|javascript:)", re.IGNORECASE)


def parse_link(written: str) -> Link | Text:
    """Return the link in double brackets; its text where it leads out of the story.

    `text->passage` (the last arrow counts), `passage<-text` (the first), `text|passage`, `passage`.
    """
    inner = _SETTER.sub("", written[2:-2])
    if "->" in inner:
        text, _, target = inner.rpartition("->")
    elif "<-" in inner:
        target, _, text = inner.partition("<-")
    elif "|" in inner:
        text, _, target = inner.partition("|")
    else:
        text = target = inner
    if _ADDRESS.match(target):
        return Text(text if text != target else "")
    target = target.strip()
    return Link(text.strip(), BACK if _RETURNS.fullmatch(target) else target)


_ELEMENT = re.compile(
    r"<(?P<tag>a|button)\b(?P<written>[^<>]{0,2000}\bdata-passage\b[^<>]{0,2000})>"
    r"(?P<text>[^<]{0,1000})</(?P=tag)>",
    re.IGNORECASE,
)
_PASSAGE = re.compile(r"data-passage\s{0,9}=\s{0,9}(?:\"([^\"]+)\"|'([^']+)')")


def bracket_links(text: str) -> str:
    """Return `text` with HTML links to passages in double brackets."""
    if "data-passage" not in text:
        return text

    def bracketed(found: re.Match[str]) -> str:
        named = _PASSAGE.search(found["written"])
        target = (named[1] or named[2]) if named else ""
        if not target or re.search(r"[\[\]|\n]", target + found["text"]):
            return found["text"]
        return f"[[{found['text'].strip() or target}|{target}]]"

    return _ELEMENT.sub(bracketed, text)


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
