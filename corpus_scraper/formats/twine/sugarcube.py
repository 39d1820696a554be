"""SugarCube, and its predecessors Sugarcane and Jonah: macros in `<<double angle brackets>>`.

Nothing is computed: conditions are kept as written, and of several values the first.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from corpus_scraper.formats.html_tags import tag_spans
from corpus_scraper.formats.markup import remove_between, strip_escaped_marks, strip_hidden
from corpus_scraper.formats.story_file import MAX_DEPTH
from corpus_scraper.formats.twine import links, passages
from corpus_scraper.formats.twine.sugarcube_links import (
    IMAGE,
    TAKES_TARGET,
    count_jumps,
    end_of_arguments,
    macro_link,
    macro_nodes,
    parse_image,
)

_SET = re.compile(
    r"<<(?:set|run|remember)\s+([$_]\w+)\s*(?:to\b|=(?!=))\s*"
    r"(\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|-?\d{1,9})\s*(?:>>|[,;])"
)
_STYLE = r"(?<!http:)(?<!https:)(?<!file:)(?<!ftp:)//|''|__|==|~~|\^\^"
"""Marks of style, which begin and end it and are never shown; the `//` of a URL is none."""

_STYLES = re.compile(_STYLE)
_TOKEN = re.compile(
    rf"(?P<link>{links.LINK})"
    rf"|(?P<picture>{IMAGE})"
    r"|(?P<macro><<(?P<ends>/?)(?P<name>[A-Za-z_][\w-]{0,40}|[=-]|(?=\$)))"
    r"|(?P<variable>(?:\$|(?<!\w)_)[A-Za-z]\w{0,60}(?:\.[A-Za-z]\w{0,60}|\[[^\[\]\n]{1,60}\]){0,4})"
    r"|(?P<join>\\[ \t]{0,8}\n|\n[ \t]{0,8}\\)"
    r"|(?P<verbatim>\"\"\"|\{\{\{|<nowiki>)"
    r"|(?P<custom>@@)"
    r"|(?P<tag></?[A-Za-z])"
)
_CUSTOM = re.compile(
    r"(?:bg)?color\([^()\n]{0,40}\):"
    r"|(?:[ \t]*(?:[#.][\w.#-]+|[A-Za-z-]{1,40}[ \t]*:(?:url\([^()\n]*+\)|[^;@\n])*+);)*+"
)
"""The styles after the `@@` that begins a styled text."""

_VERBATIM = {'"""': '"""', "{{{": "}}}", "<nowiki>": "</nowiki>"}
_MAY_HOLD_MARKS = re.compile(rf"<<|[$_]\w|\[[<>]?img\[|@@|{_STYLE}", re.IGNORECASE)

_IFS = frozenset({"if", "switch"})
_BRANCHES = {"elseif": "if", "else": "if", "case": "switch", "default": "switch"}
_LINKS = TAKES_TARGET | frozenset("linkreplace linkappend linkprepend linktext".split())
_JUMPS = frozenset(
    "include display goto choice actions back return run textbox numberbox textarea".split()
)
_SILENT = frozenset({"silently", "silent", "done"})
"""Macros that show nothing, and jump nevertheless."""
_DELAYED = frozenset({"timed", "repeat"})
_DROPPED = frozenset("script style widget createplaylist createaudiogroup".split())
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
    jumps = count_jumps(text)
    for opening, closing in _HIDDEN_PARTS:
        text = remove_between(text, opening, closing)
    found = _Parser(links.bracket_links(strip_hidden(text)), known).read()
    lost = jumps - count_jumps(text)
    return [*found, *(passages.Note("A script that jumps was left out.") for _ in range(lost))]


_HEADING = re.compile(r"^[ \t]*!{1,6}[ \t]*(?=\S)", re.MULTILINE)
_BULLET = re.compile(r"^[ \t]*(?:[*#]{1,6}[ \t]+|[*#]{1,2}(?=[^\s*#])|>+[ \t]*)", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:-{4,}|<<<)[ \t]*$", re.MULTILINE)


def strip_marks(text: str) -> str:
    """Return a line without markup."""
    return _BULLET.sub("", _HEADING.sub("", _RULE.sub("", text)))


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
        self.skips_strings = True
        """Whether a macro may still end outside of strings."""
        self.tags = dict(tag_spans(text))
        self.last_verbatim = {mark: text.rfind(end) for mark, end in _VERBATIM.items()}
        self.in_custom = False
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

    def _add_text(self, text: str, *, verbatim: bool = False) -> None:
        frame = self.stack[-1]
        text = text if verbatim else _STYLES.sub("", text)
        if text and (
            frame.name != "switch" or frame.condition
        ):  # text before the first case is not shown
            self._add(passages.Text(text))

    def _take(self, token: re.Match[str]) -> int:
        """Handle the token and return where its part ends."""
        match token.lastgroup:
            case "link":
                self._add(self._with_values(links.parse_link(token[0])))
            case "picture":
                if link := parse_image(token[0]):
                    self._add(self._with_values(link))
            case "macro" | "name" | "ends":
                return self._macro(token)
            case "variable":
                self._add_text(self._variable(token))
            case "verbatim":
                return self._verbatim(token)
            case "custom":
                self.in_custom = not self.in_custom
                styles = _CUSTOM.match(self.text, token.end()) if self.in_custom else None
                return styles.end() if styles else token.end()
            case "tag":
                end = self.tags.get(token.start(), token.end())
                self._add_text(self.text[token.start() : end], verbatim=True)
                return end
        return token.end()

    def _verbatim(self, token: re.Match[str]) -> int:
        """Add text in which no macro and no variable has a meaning."""
        if self.last_verbatim[token[0]] < token.end():
            return token.end()
        closing = _VERBATIM[token[0]]
        end = self.text.index(closing, token.end())
        self._add_text(strip_escaped_marks(self.text[token.end() : end]), verbatim=True)
        return end + len(closing)

    def _variable(self, token: re.Match[str]) -> str:
        """Return the text of a variable; something that only looks like one is prose."""
        written = token[0]
        name = re.split(r"[.\[]", written)[0]
        if name.startswith("_") and name not in self.temporary:
            whole = token.start() + len(name)
            if links.is_emphasis(self.text, name, whole):
                return written
        return links.variable_text(name[1:], self.known)

    def _with_values(self, link: passages.Link) -> passages.Link:
        return replace(link, text=self._shown(link.text))

    def _shown(self, text: str) -> str:
        """Return the text of a link, in which there may be macros and marks."""
        if not _MAY_HOLD_MARKS.search(text):
            return text
        return passages.flat_text(_Parser(text, self.known).read())

    def _macro(self, token: re.Match[str]) -> int:
        end = self._end_of(token.end())
        if end < 0:
            self._add_text("<<")
            return token.start() + 2
        name, written = token["name"].lower() or "=", self.text[token.end() : end].strip()
        if token["ends"] or (name.startswith("end") and self._is_open(name[3:])):
            self._close_to(name if token["ends"] else name[3:])
        else:
            self._begin(name, written)
        return end + 2

    def _end_of(self, begin: int) -> int:
        """Return where a macro's arguments end; `>>` within a string or a link does not count."""
        if begin > self.last_end:
            return -1
        end = end_of_arguments(self.text, begin) if self.skips_strings else -1
        self.skips_strings = end >= 0  # else there is none further on, either
        return end if end >= 0 else self.text.find(">>", begin)

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
            frame.condition = _case(frame.written, written) if name == "case" else written

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
            self._add(self._link(frame.name, frame.written, tuple(frame.content)))
        elif frame.name in _SILENT:
            self._add(*passages.only_jumps(frame.content))
        elif frame.name in _DELAYED:  # until then, there is what follows
            self._add(*map(passages.as_exit, frame.content))
        elif frame.name in _ELSEWHERE:
            if any(outer.name in _LINKS for outer in self.stack):
                self._add(*frame.content)
        elif frame.name in ("listbox", "cycle"):
            self._add(passages.Text(next(filter(None, frame.options), "")))
        elif frame.name == "nobr":
            self._add(*map(_without_breaks, frame.content))
        elif frame.name not in _DROPPED:
            self._add(*frame.content)

    def _link(self, name: str, written: str, body: tuple[passages.Node, ...]) -> passages.Node:
        return self._with_values(macro_link(name, written, body, self.known))

    def _single(self, name: str, written: str) -> None:
        quoted = links.string_literals(written)
        match name:
            case _ if name in _OUTPUT:
                self._add(passages.Text(self._value(written)))
            case _ if name in _JUMPS:
                for node in macro_nodes(name, written, self.known):
                    self._add(self._with_values(node) if isinstance(node, passages.Link) else node)
            case _ if name in _LINKS:
                self._add(self._link(name, written, ()))
            case "option" if quoted:
                self.stack[-1].options.append(quoted[0])
            case "cyclinglink" if quoted:
                self._add(passages.Text(quoted[0]))
            case "set" | "unset" | "run" | "script":
                self._add(*passages.changes_in(written))

    def _value(self, written: str) -> str:
        return self._shown(links.evaluate(written, self.known))


_CASE = re.compile(r"\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|[^\s\"',]+")


def _case(subject: str, values: str) -> str:
    """Return the condition that `subject` has one of some values."""
    return " or ".join(f"{subject} is {value}" for value in _CASE.findall(values)[:20])


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
