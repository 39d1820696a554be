"""SugarCube, and its predecessors Sugarcane and Jonah: macros in `<<double angle brackets>>`.

Nothing is computed: conditions are kept as written, and of several values the first.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from corpus_scraper.formats.markup import remove_between, strip_doubled_marks, strip_hidden
from corpus_scraper.formats.story_file import MAX_DEPTH
from corpus_scraper.formats.twine import links, passages

_SET = re.compile(
    r"<<(?:set|run|remember)\s+([$_]\w+)\s*(?:to\b|=(?!=))\s*"
    r"(\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|-?\d{1,9})\s*(?:>>|[,;])"
)
_TOKEN = re.compile(
    rf"(?P<link>{links.LINK})"
    r"|(?P<picture>\[(?:img|IMG)\[[^\[\]\n]{0,500}\](?:\[(?P<target>[^\[\]\n]{1,500})\])?\])"
    r"|(?P<macro><<(?P<ends>/?)(?P<name>[A-Za-z_][\w-]{0,40}|[=-]))"
    r"|(?P<variable>(?:\$|(?<!\w)_)[A-Za-z]\w{0,60}(?:\.[A-Za-z]\w{0,60}|\[[^\[\]\n]{1,60}\]){0,4})"
    r"|(?P<join>\\[ \t]{0,8}\n|\n[ \t]{0,8}\\)"
    r"|(?P<verbatim>\"\"\"|\{\{\{|\}\}\})"
    r"|(?P<tag></?[A-Za-z](?:[^<>]|<<[^<>]{0,200}>>){0,2000}>)"
)
_MAX_ARGUMENTS = 20_000
"""Characters of a macro's arguments that are searched for its end."""

_IFS = frozenset({"if", "switch"})
_BRANCHES = {"elseif": "if", "else": "if", "case": "switch", "default": "switch"}
_LINKS = frozenset("link button linkreplace linkappend linkprepend click".split())
_DROPPED = frozenset("silently script style widget createplaylist createaudiogroup".split())
_OUTPUT = frozenset({"print", "=", "-"})
_ELSEWHERE = frozenset({"replace", "append", "prepend", "copy"})


@dataclass(slots=True)
class _Frame:
    """An open macro."""

    name: str
    written: str
    content: list[passages.Node] = field(default_factory=list)
    branches: list[tuple[str, tuple[passages.Node, ...]]] = field(default_factory=list)
    """Complete branches of a conditional; `condition` is that of the current one."""
    condition: str = ""
    options: list[str] = field(default_factory=list)


def find_values(text: str) -> Mapping[str, str]:
    """Return the plain values that a passage assigns to variables."""
    return links.initial_values((name[1:], value) for name, value in _SET.findall(text))


_HIDDEN_PARTS = (("<<script", "<</script>>"), ("<<style", "<</style>>"), ("/%", "%/"), ("/*", "*/"))
"""Start and end of parts that are never shown."""


def parse(text: str, known: Mapping[str, str]) -> Sequence[passages.Node]:
    """Return the parts of a passage. Raises TooDeep."""
    for opening, closing in _HIDDEN_PARTS:
        text = remove_between(text, opening, closing)
    return _Parser(links.bracket_links(strip_hidden(text)), known).read()


_HIGHLIGHT = re.compile(r"@@(?:[^@;\n]{1,200};)?([^@\n]{0,2000})@@")
_HEADING = re.compile(r"^[ \t]*!{1,6}[ \t]*(?=\S)", re.MULTILINE)
_BULLET = re.compile(r"^[ \t]*(?:[*#]{1,6}[ \t]+|>+[ \t]*)", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*-{4,}[ \t]*$", re.MULTILINE)


def strip_marks(text: str) -> str:
    """Return a line without markup."""
    text = _BULLET.sub("", _HEADING.sub("", _RULE.sub("", _HIGHLIGHT.sub(r"\1", text))))
    return strip_doubled_marks(text, "''", "//", "__", "==", "~~", "^^")


STORY_FORMAT = passages.StoryFormat(find_values, parse, strip_marks)


class _Parser:
    """Parses one passage."""

    def __init__(self, text: str, known: Mapping[str, str]) -> None:
        self.text = text
        self.known = known
        self.stack = [_Frame("", "")]
        self.closed = set(re.findall(r"<</([A-Za-z_][\w-]{0,40})", text))
        self.closed |= set(re.findall(r"<<end([A-Za-z_][\w-]{0,40})", text))
        self.last_end = text.rfind(">>")
        macros = " ".join(re.findall(r"<<[^<>]{1,2000}>>", text))
        self.temporary = set(re.findall(r"_[A-Za-z]\w{0,60}", macros))

    def read(self) -> list[passages.Node]:
        """Return the parts of the passage."""
        position = 0
        while token := _TOKEN.search(self.text, position):
            self._add_text(self.text[position : token.start()])
            position = self._take(token)
        self._add_text(self.text[position:])
        while len(self.stack) > 1:
            self._close()
        return self.stack[0].content

    def _add(self, *found: passages.Node) -> None:
        self.stack[-1].content += found

    def _add_text(self, text: str) -> None:
        frame = self.stack[-1]
        if text and (
            frame.name != "switch" or frame.condition
        ):  # text before the first case is not shown
            self._add(passages.Text(text))

    def _take(self, token: re.Match[str]) -> int:
        """Handle the token and return where its part ends."""
        match token.lastgroup:
            case "link":
                self._add(links.parse_link(token[0]))
            case "picture" | "target":
                if token["target"]:
                    self._add(passages.Link("", token["target"].rpartition("|")[2].strip()))
            case "macro" | "name" | "ends":
                return self._macro(token)
            case "variable":
                self._add(passages.Text(self._variable(token[0])))
            case "tag":
                self._add_text(token[0])
        return token.end()

    def _variable(self, written: str) -> str:
        """Return the text of a variable; something that only looks like one is prose."""
        name = re.split(r"[.\[]", written)[0]
        if name.startswith("_") and name not in self.temporary:
            return written
        return links.variable_text(name[1:], self.known)

    def _macro(self, token: re.Match[str]) -> int:
        end = self._end_of(token.end())
        if end < 0:
            self._add_text("<<")
            return token.start() + 2
        name, written = token["name"].lower(), self.text[token.end() : end].strip()
        if token["ends"] or (name.startswith("end") and self._is_open(name[3:])):
            self._close_to(name if token["ends"] else name[3:])
        else:
            self._begin(name, written)
        return end + 2

    def _end_of(self, begin: int) -> int:
        """Return where a macro's arguments end; `>>` within quotation marks does not count."""
        if begin > self.last_end:
            return -1
        end = self.text.find(">>", begin)
        while 0 <= end < begin + _MAX_ARGUMENTS and self.text.count('"', begin, end) % 2:
            further = self.text.find(">>", end + 2)
            if further < 0 or "\n" in self.text[end:further]:
                break
            end = further
        return end

    def _is_open(self, name: str) -> bool:
        return any(frame.name == name for frame in self.stack)

    def _begin(self, name: str, written: str) -> None:
        if name in _BRANCHES:
            self._branch(name, written)
            return
        if name in _IFS or name in self.closed:  # some links have an end tag, some have none
            self._open(name, written)
            return
        self._single(name, written)

    def _open(self, name: str, written: str) -> None:
        if len(self.stack) > MAX_DEPTH:
            raise passages.TooDeep
        self.stack.append(_Frame(name, written, condition=written if name == "if" else ""))

    def _branch(self, name: str, written: str) -> None:
        kind = _BRANCHES[name]
        if not self._is_open(kind):
            return
        while self.stack[-1].name != kind:
            self._close()
        frame = self.stack[-1]
        self._finish_branch(frame)
        if name == "else" and written.startswith("if "):
            frame.condition = written[3:]
        elif name in ("else", "default"):
            frame.condition = passages.OTHERWISE
        else:
            frame.condition = f"{frame.written} is {written}" if name == "case" else written

    def _finish_branch(self, frame: _Frame) -> None:
        if frame.condition:
            frame.branches.append((frame.condition, tuple(frame.content)))
        frame.content = []

    def _close_to(self, name: str) -> None:
        if self._is_open(name) and name:
            while self.stack[-1].name != name:
                self._close()
            self._close()

    def _close(self) -> None:
        """End the innermost macro, and add its content to the macro around it."""
        frame = self.stack.pop()
        if frame.name in _IFS:
            self._finish_branch(frame)
            self._add(passages.If(tuple(frame.branches)))
        elif frame.name in _LINKS:
            self._add(self._link(frame.written, tuple(frame.content)))
        elif frame.name in _ELSEWHERE:
            if any(outer.name in _LINKS for outer in self.stack):
                self._add(*frame.content)
        elif frame.name in ("listbox", "cycle"):
            self._add(passages.Text(next(filter(None, frame.options), "")))
        elif frame.name == "nobr":
            self._add(*map(_without_breaks, frame.content))
        elif frame.name not in _DROPPED:
            self._add(*frame.content)

    def _link(self, written: str, body: tuple[passages.Node, ...]) -> passages.Node:
        if bracketed := re.search(links.LINK, written):
            target = links.parse_link(bracketed[0])
            return (
                passages.Link(target.text, target.target, body)
                if isinstance(target, passages.Link)
                else target
            )
        quoted = links.string_literals(written)
        text = self._fill_variables(quoted[0]) if quoted else self._value(written)
        target_name = quoted[1] if len(quoted) > 1 else ""
        return passages.Link(text, target_name, body)

    def _single(self, name: str, written: str) -> None:
        quoted = links.string_literals(written)
        match name:
            case _ if name in _OUTPUT:
                self._add(passages.Text(self._value(written)))
            case "include" | "display":
                self._add(passages.Include(self._passage_name(written, quoted)))
            case "goto":
                self._add(passages.Goto(self._passage_name(written, quoted)))
            case "return" | "back":
                self._add(
                    passages.Link(
                        quoted[0] if quoted else "", self._second(quoted) or passages.BACK
                    )
                )
            case _ if name in _LINKS or name == "choice":
                self._add(self._link(written, ()))
            case "actions":
                self._add(*(passages.Link(each, each) for each in quoted))
            case "option" if quoted:
                self.stack[-1].options.append(quoted[0])
            case "cyclinglink" if quoted:
                self._add(passages.Text(quoted[0]))

    def _second(self, quoted: Sequence[str]) -> str:
        return quoted[1] if len(quoted) > 1 else ""

    def _passage_name(self, written: str, quoted: Sequence[str]) -> str:
        if bracketed := re.search(links.LINK, written):
            target = links.parse_link(bracketed[0])
            return target.target if isinstance(target, passages.Link) else ""
        if quoted:
            return quoted[0]
        return self.known.get(written[1:], "") if written[:1] in "$_" else written

    def _value(self, written: str) -> str:
        return self._fill_variables(links.evaluate(written, self.known))

    def _fill_variables(self, text: str) -> str:
        return re.sub(
            r"\$([A-Za-z]\w*)", lambda found: links.variable_text(found[1], self.known), text
        )


def _without_breaks(node: passages.Node) -> passages.Node:
    """Return a node without line breaks."""
    match node:
        case passages.Text(text):
            return passages.Text(re.sub(r"\s+", " ", text))
        case passages.If(branches):
            return passages.If(
                tuple(
                    (condition, tuple(map(_without_breaks, inner))) for condition, inner in branches
                )
            )
        case passages.Link(text, target, body, is_shown):
            return passages.Link(text, target, tuple(map(_without_breaks, body)), is_shown)
    return node
