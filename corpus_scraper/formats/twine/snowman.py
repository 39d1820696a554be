"""Snowman: Markdown with JavaScript in `<% … %>`, of which braces and conditions are read."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from corpus_scraper.formats.markup import strip_doubled_marks, strip_hidden, strip_markdown
from corpus_scraper.formats.story_file import MAX_DEPTH
from corpus_scraper.formats.twine import links, passages

_SET = re.compile(
    r"\b(?:s|story\.state|state)\.(\w{1,60})\s{0,9}=(?!=)\s{0,9}"
    r"(\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|-?\d{1,9})"
)
_TOKEN = re.compile(rf"(?P<link>{links.LINK})|(?P<code><%)")
_IF = re.compile(r"(?:\}\s*else\s+)?if\s*\((?P<condition>.*)\)\s*\{$", re.DOTALL)
_ELSE = re.compile(r"\}\s*else\s*\{$")
_RENDER = re.compile(r"\brender\(\s*(?:\"([^\"]+)\"|'([^']+)')\s*\)")


def find_values(text: str) -> Mapping[str, str]:
    """Return the plain values that a passage assigns to variables."""
    return links.initial_values(_SET.findall(text))


def parse(text: str, known: Mapping[str, str]) -> Sequence[passages.Node]:
    """Return the parts of a passage. Raises TooDeep."""
    text = links.bracket_links(strip_hidden(text))
    writer = _Writer(known)
    position, last_end = 0, text.rfind("%>")
    while token := _TOKEN.search(text, position):
        writer.add(passages.Text(text[position : token.start()]))
        position = token.end()
        if token["link"]:
            writer.add(_with_values(links.parse_link(token[0]), known))
        elif token.start() < last_end:
            end = text.index("%>", position)
            writer.code(text[position:end])
            position = end + 2
    writer.add(passages.Text(text[position:]))
    return writer.finish()


def _with_values(link: passages.Link, known: Mapping[str, str]) -> passages.Link:
    if "<%" not in link.text:
        return link
    return replace(link, text=passages.flat_text(parse(link.text, known)))


def strip_marks(text: str) -> str:
    """Return a line without markup."""
    return strip_markdown(strip_doubled_marks(text, "~~", "''"))


STORY_FORMAT = passages.StoryFormat(find_values, parse, strip_marks)


@dataclass(slots=True)
class _Frame:
    """An open brace."""

    condition: str = ""
    """Empty for a loop or a function, whose content is kept once."""
    content: list[passages.Node] = field(default_factory=list)


class _Writer:
    """Collects the parts of a passage."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known
        self._stack = [_Frame()]

    def add(self, node: passages.Node) -> None:
        """Add a node to the innermost block."""
        self._stack[-1].content.append(node)

    def finish(self) -> list[passages.Node]:
        """Close open blocks, and return the nodes."""
        while len(self._stack) > 1:
            self._close()
        return self._stack[0].content

    def code(self, written: str) -> None:
        """Handle a piece of code."""
        if written.startswith(("=", "-")):
            self._print(written[1:].strip())
            return
        code = written.strip()
        if code.startswith("}") and len(self._stack) > 1:
            chained = _ELSE.match(code) or code.startswith("} else")
            self._close()
            if not chained:
                code = code[1:].strip()
        if code.endswith("{"):
            self._open(code)

    def _open(self, code: str) -> None:
        if len(self._stack) > MAX_DEPTH:
            raise passages.TooDeep
        condition = _IF.match(code)
        if _ELSE.match(code):
            self._stack.append(_Frame(passages.OTHERWISE))
        elif condition:
            follows = "\0" if code.startswith("}") else ""
            self._stack.append(_Frame(follows + condition["condition"].strip()))
        else:
            self._stack.append(_Frame())

    def _close(self) -> None:
        frame = self._stack.pop()
        outer = self._stack[-1].content
        if not frame.condition:
            outer += frame.content
            return
        branch = (frame.condition.lstrip("\0"), tuple(frame.content))
        follows = frame.condition.startswith("\0") or frame.condition == passages.OTHERWISE
        if follows and outer and isinstance(chain := outer[-1], passages.If):
            outer[-1] = passages.If((*chain.branches, branch))
        else:
            outer.append(passages.If((branch,)))

    def _print(self, expression: str) -> None:
        if rendered := _RENDER.search(expression):
            self.add(passages.Include(rendered[1] or rendered[2]))
        else:
            for piece in re.split(rf"({links.LINK})", links.evaluate(expression, self._known)):
                self.add(
                    links.parse_link(piece) if piece.startswith("[[") else passages.Text(piece)
                )
