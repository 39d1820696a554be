"""Chapbook: variables first, then prose with `{inserts}` and `[modifiers]`.

An insert is within the prose; a modifier is a line of its own that applies to the lines below it.
Nothing is computed: conditions are kept as written.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from corpus_scraper.formats.markup import strip_doubled_marks, strip_hidden, strip_markdown
from corpus_scraper.formats.twine import links, passages

_VARIABLE = re.compile(
    r"^[ \t]*([A-Za-z_][\w.]{0,60})[ \t]*(?:\([^()\n]*\))?[ \t]*:[ \t]*(.+)$", re.M
)
_MODIFIER = re.compile(
    r"^[ \t]*\[(?!\[)((?:[^\[\]\n]|\[[^\[\]\n]{0,60}\]){1,300})\][ \t]*$", re.MULTILINE
)
_TOKEN = re.compile(
    rf"(?P<link>{links.LINK})|(?P<insert>\{{(?:[^{{}}\n]|\{{[^{{}}\n]{{0,200}}\}}){{1,1000}}\}})"
)
_HIDDEN = ("javascript", "css", "note", "n.b.", "todo", "fixme")
_ARGUMENT = re.compile(r"\b(\w+)\s{0,9}:\s{0,9}(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)')")


def find_values(text: str) -> Mapping[str, str]:
    """Return the plain values that a passage assigns to variables."""
    return links.initial_values(_VARIABLE.findall(_parts(text)[0]))


def parse(text: str, known: Mapping[str, str]) -> Sequence[passages.Node]:
    """Return the parts of a passage."""
    prose = links.bracket_links(strip_hidden(_parts(text)[1]))
    found: list[passages.Node] = []
    position, modifier = 0, ""
    tried: list[str] = []
    for line in (*_MODIFIER.finditer(prose), None):
        end = line.start() if line else len(prose)
        _add_modified(found, modifier, _prose(prose[position:end], known), tried)
        if line:
            position, modifier = line.end(), line[1].strip()
    return found


def strip_marks(text: str) -> str:
    """Return a line without markup."""
    return strip_markdown(strip_doubled_marks(text, "~~", "''"))


STORY_FORMAT = passages.StoryFormat(find_values, parse, strip_marks)


def _parts(text: str) -> tuple[str, str]:
    """Return the lines of variables, which end with a line `--`, and the prose."""
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


def _add_modified(
    found: list[passages.Node], modifier: str, inner: list[passages.Node], tried: list[str]
) -> None:
    """Add the nodes below a modifier as it demands; `tried` is the last condition, if any."""
    for part in modifier.split(";"):
        word, _, condition = part.strip().partition(" ")
        match word.lower():
            case "if" | "unless" | "ifalways" | "ifnever":
                negated = word.lower() in ("unless", "ifnever")
                tried[:] = [f"not ({condition})" if negated else condition]
                found.append(passages.If(((tried[0], tuple(inner)),)))
                return
            case "else" if tried:
                passages.add_branch(found, passages.OTHERWISE, inner, tried)
                return
            case hidden if hidden in _HIDDEN:
                return
    found += inner


def _prose(text: str, known: Mapping[str, str]) -> list[passages.Node]:
    found: list[passages.Node] = []
    position = 0
    for token in _TOKEN.finditer(text):
        found += [passages.Text(text[position : token.start()])]
        found += (
            [_with_values(links.parse_link(token[0]), known)]
            if token["link"]
            else _insert(token[0][1:-1].strip(), known)
        )
        position = token.end()
    found.append(passages.Text(text[position:]))
    return found


def _with_values(link: passages.Link, known: Mapping[str, str]) -> passages.Link:
    return replace(link, text=_shown(link.text, known))


def _shown(text: str, known: Mapping[str, str]) -> str:
    """Return the text of a link, in which there may be inserts."""
    return passages.flat_text(_prose(text, known)) if "{" in text else text


def _insert(written: str, known: Mapping[str, str]) -> list[passages.Node]:
    """Return the parts of an insert: an expression, another passage, or a link."""
    arguments = {
        name.lower(): _shown(one or other, known) for name, one, other in _ARGUMENT.findall(written)
    }
    quoted = links.string_literals(written)
    name = re.split(r"[:,]", written, maxsplit=1)[0].strip().lower()
    match name:
        case "embed passage" | "embed passage named":
            return [passages.Include(quoted[0] if quoted else "")]
        case "reveal link":
            text = arguments.get("reveal link") or _shown(quoted[0] if quoted else "", known)
            if passage := arguments.get("passage"):
                return [passages.Link(text, body=(passages.Include(passage),))]
            return [passages.Link(text, body=(passages.Text(arguments.get("text", "")),))]
        case "link to":
            target = quoted[0] if quoted else ""
            return [passages.Link(arguments.get("label") or target, target)]
        case "back link":
            return [passages.Link(arguments.get("label", ""), passages.BACK)]
        case "cycling link for" | "dropdown menu for":
            choices = links.string_literals(written.partition("choices")[2])
            return [passages.Text(choices[0] if choices else "")]
        case _ if re.fullmatch(r"[\w.]+", written):
            return [passages.Text(links.variable_text(written, known))]
    return []
