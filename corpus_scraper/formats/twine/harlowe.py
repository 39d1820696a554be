"""Harlowe: macros in `(round: brackets)` that apply to hooks in `[square brackets]`.

Nothing is computed: conditions are kept as written, and of several values the first.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from corpus_scraper.formats.markup import (
    strip_doubled_marks,
    strip_escaped_marks,
    strip_hidden,
    strip_markdown,
)
from corpus_scraper.formats.story_file import MAX_DEPTH
from corpus_scraper.formats.twine import harlowe_macros, links, passages

_SET = re.compile(r"\(set:\s{0,20}([$_]\w+)\s+(?:to|=)\s+([^()\n]{1,200})\)", re.IGNORECASE)
_PUT = re.compile(r"\(put:\s{0,20}([^()\n]{1,200})\s+into\s+([$_]\w+)\s{0,20}\)", re.IGNORECASE)
_TOKEN = re.compile(
    rf"(?P<link>{links.LINK})"
    r"|(?P<macro>\((?P<name>[$_]?[A-Za-z][\w-]{0,40}):)"
    r"|(?P<named>\|(?P<hook_name>[\w-]{1,40})(?P<sign>[>)])(?=\[))"
    r"|(?P<changed>\$\w{1,60}(?=\[(?!\[)))"
    r"|(?P<hook>\[)"
    r"|(?P<variable>(?:(?<!\$)\$|(?<![\w$])_)[A-Za-z]\w{0,60})"
    r"|(?P<brace>\{)"
    r"|(?P<join>\\\n|\n\\)"
    r"|(?P<verbatim>`[^`\n]{1,1000}`)"
    r"|(?P<tag></?[A-Za-z][^<>]{0,2000}>)"
)
_STYLES = re.compile(r"(?<!:)//|''|~~|\^\^")
"""Marks of style, which begin and end it and are never shown; the `//` of a URL is none."""

_CHANGER = re.compile(
    r"\(set:\s{0,20}\$(\w{1,60})\s+to\s+\((?:text|t8n|transition|css|font|align|bg|background|opacity"
    r"|border|corner|hover|box|float|line|char|collapse|nobr|hidden|link-style|after|live)\b",
    re.IGNORECASE,
)
"""An assignment of a style, which a variable then gives to a hook: `$big[Loud]`."""

_HIDDEN_HOOK = re.compile(r"\|([\w-]{1,40})\)(?=\[)")
_NAME_AFTER = re.compile(r"<([\w-]{1,40})\|")
_MORE = re.compile(r"\s{0,20}\+\s{0,20}\((?P<name>[A-Za-z][\w-]{0,40}):")


_MAY_HOLD_CODE = re.compile(r"[$_]\w|\([$_]?[A-Za-z][\w-]{0,40}:")
"""What the text of a link or a string is parsed for."""


def find_values(text: str) -> Mapping[str, str]:
    """Return the plain values that a passage assigns to variables."""
    put = ((name, value) for value, name in _PUT.findall(text))
    pairs = [(name[1:], value) for name, value in (*_SET.findall(text), *put)]
    styles = [(_style(name), '"style"') for name in _CHANGER.findall(text)]
    return links.initial_values([*pairs, *styles])


def _style(variable: str) -> str:
    """Return the name under which it is known that a variable holds a style."""
    return f"({variable})"


def parse(text: str, known: Mapping[str, str]) -> Sequence[passages.Node]:
    """Return the parts of a passage. Raises TooDeep."""
    parser = _Parser(links.bracket_links(strip_hidden(text)), known)
    found = parser.read(0, len(parser.text))
    return [*found, *(passages.Note(_NEVER_SHOWN) for _ in parser.unseen)]


_NEVER_SHOWN = "A hidden text that nothing shows was left out."
_ALIGNMENT = re.compile(r"^[ \t]*[=<>|]{2,}[ \t]*$", re.MULTILINE)


def strip_marks(text: str) -> str:
    """Return a line without markup."""
    text = strip_doubled_marks(_ALIGNMENT.sub("", text), "''", "//", "~~", "^^")
    return strip_markdown(text)


STORY_FORMAT = passages.StoryFormat(find_values, parse, strip_marks)


def _pairs(text: str) -> dict[int, int]:
    """Return the offsets of opening brackets with those of their closing brackets.

    Quotation marks hide brackets only within a macro: prose is full of apostrophes.
    """
    pairs: dict[int, int] = {}
    open_: list[tuple[str, int, bool]] = []
    counts = {"[": 0, "(": 0, "{": 0}
    position = 0
    for found in re.finditer(r"\([$_]?[A-Za-z][\w-]{0,40}:|[\[\](){}\"']", text):
        sign, place = found[0], found.start()
        if place < position:
            continue
        if sign[0] in counts:
            open_.append((sign[0], place, len(sign) > 1))
            counts[sign[0]] += 1
        elif sign in "\"'":
            possessive = sign == "'" and re.match(r"[\w)]", text[place - 1 : place])
            if open_ and open_[-1][2] and not possessive:
                end = text.find(sign, place + 1, place + 4_000)
                position = end + 1 if end > 0 else place + 1
        elif counts[wanted := {"]": "[", ")": "(", "}": "{"}[sign]]:
            if sign == ")" and open_[-1][0] != "(":
                continue  # a smiley within a hook
            while True:
                kind, begin, _ = open_.pop()
                counts[kind] -= 1
                if kind == wanted:
                    pairs[begin] = place
                    break
    return pairs


class _Parser:
    """Parses one passage."""

    def __init__(self, text: str, known: Mapping[str, str]) -> None:
        self.text = text
        self.known = known
        self.pairs = _pairs(text)
        macros = " ".join(re.findall(r"\([A-Za-z][\w-]{0,40}:[^\n]{1,500}", text))
        self.temporary = set(re.findall(r"_[A-Za-z]\w{0,60}", macros))
        self.hooks: dict[str, str] = {}
        """Texts of named hooks, for links that refer to them."""
        self.unseen = {found[1]: found.end() for found in _HIDDEN_HOOK.finditer(text)}
        """Where hidden hooks start that nothing has shown so far, by their names."""
        self.in_body = 0
        self.tried: list[str] = []
        """Conditions of the last `(if:)` of this hook and of what follows it so far."""

    def read(
        self, begin: int, end: int, depth: int = 0, *, folded: bool = False
    ) -> list[passages.Node]:
        """Return the parts of a range of the text, without line breaks if `folded`."""
        if depth > MAX_DEPTH:
            raise passages.TooDeep
        found: list[passages.Node] = []
        position = search_from = begin
        outer, self.tried = self.tried, []
        while token := _TOKEN.search(self.text, search_from, end):
            if self._is_prose(token):
                search_from = (
                    token.end() if token["tag"] or token["variable"] else token.start() + 1
                )
                continue
            self._add_text(found, self.text[position : token.start()], folded)
            position = search_from = self._take(token, found, depth, folded)
        self._add_text(found, self.text[position:end], folded)
        self.tried = outer
        return found

    def _is_prose(self, token: re.Match[str]) -> bool:
        """Return whether a token is plain prose: a tag, an unclosed bracket, a `_word_`."""
        opens = token["macro"] or token["hook"] or token["brace"]
        if opens:
            return token.start() not in self.pairs
        name = token["variable"] or ""
        return bool(token["tag"]) or (name.startswith("_") and name not in self.temporary)

    def _add_text(self, found: list[passages.Node], text: str, folded: bool) -> None:
        text = _STYLES.sub("", text)
        if text:
            found.append(passages.Text(re.sub(r"\s+", " ", text) if folded else text))

    def _take(
        self, token: re.Match[str], found: list[passages.Node], depth: int, folded: bool
    ) -> int:
        """Add the part that starts with `token`, and return where it ends."""
        here = token.start()
        match token.lastgroup:
            case "link":
                link = links.parse_link(token[0])
                found.append(replace(link, text=self._shown(link.text, depth)))
            case "macro" | "name":
                return self._macro(token, found, depth, folded)
            case "named" | "sign" | "hook_name":
                return self._named(token, found, depth, folded)
            case "changed":
                opening = token.end()
                inner = self._inner(opening, depth, folded)
                is_style = _style(token[0][1:]) in self.known
                found += inner if is_style else [passages.If(((token[0], tuple(inner)),))]
                return self.pairs.get(opening, opening) + 1
            case "hook" | "brace":
                inner = self._inner(here, depth, folded or token[0] == "{")
                found += inner
                return self._name_after(self.pairs[here] + 1, inner)
            case "variable":
                found.append(passages.Text(links.variable_text(token[0][1:], self.known)))
            case "verbatim":
                found.append(passages.Text(strip_escaped_marks(token[0][1:-1])))
        return token.end()

    def _inner(self, opening: int, depth: int, folded: bool) -> list[passages.Node]:
        if opening not in self.pairs:
            return []
        return self.read(opening + 1, self.pairs[opening], depth + 1, folded=folded)

    def _name_after(self, position: int, inner: Sequence[passages.Node]) -> int:
        """Store the text of a hook with its name after it: `[door]<door|`."""
        named = _NAME_AFTER.match(self.text, position)
        if not named:
            return position
        self.hooks.setdefault(named[1], text_of(inner))
        return named.end()

    def _named(
        self, token: re.Match[str], found: list[passages.Node], depth: int, folded: bool
    ) -> int:
        """Add a hook with its name before it; one with `)` is hidden until a macro shows it."""
        opening = token.end()
        if opening not in self.pairs:
            return opening
        if token["sign"] == ">":
            inner = self._inner(opening, depth, folded)
            self.hooks.setdefault(token["hook_name"], text_of(inner))
            found += inner
        return self.pairs[opening] + 1

    def _show(self, written: str, depth: int) -> list[passages.Node]:
        """Return the content of the hidden hooks that a macro names, where they are shown first."""
        openings = [self.unseen.pop(name, -1) for name in re.findall(r"\?([\w-]{1,40})", written)]
        return [node for at in openings if at >= 0 for node in self._inner(at, depth, folded=False)]

    def _macro(
        self, token: re.Match[str], found: list[passages.Node], depth: int, folded: bool
    ) -> int:
        """Add a macro, those joined to it with `+`, and the hook they apply to."""
        called: list[tuple[str, str]] = []
        next_: re.Match[str] | None = token
        position = token.start()
        while next_ is not None:
            opening = self.text.index("(", next_.start())
            if opening not in self.pairs:
                break
            name = re.sub(r"[-_]", "", next_["name"].lower())
            called.append((name, self.text[next_.end() : self.pairs[opening]].strip()))
            position = self.pairs[opening] + 1
            next_ = _MORE.match(self.text, position)
        name, written = next(
            (each for each in called if each[0] in harlowe_macros.SPECIAL), called[0]
        )
        hook: tuple[int, int] | None = None
        if self.text.startswith("[", position):
            closing = self.pairs.setdefault(position, len(self.text))  # it may never be closed
            hook = position + 1, closing
            if self.pairs.get(position + 1) == hook[1] - 1 and self.text[position + 1] == "[":
                hook = position, self.pairs[position] + 1  # the macro applies to a link
            position = self.pairs[position] + 1
        self._apply(name, written, hook, found, depth, folded)
        named = _NAME_AFTER.match(self.text, position)
        if named and hook:
            self.hooks.setdefault(named[1], self._words(hook))
        return named.end() if named else position

    def _words(self, hook: tuple[int, int]) -> str:
        return self.text[hook[0] : hook[1]].strip()[:200]

    def _apply(
        self,
        name: str,
        written: str,
        hook: tuple[int, int] | None,
        found: list[passages.Node],
        depth: int,
        folded: bool,
    ) -> None:
        opens = name in harlowe_macros.REVEALING or name in harlowe_macros.CLICKS
        self.in_body += opens
        inner = self.read(*hook, depth + 1, folded=folded) if hook else []
        self.in_body -= opens
        quoted = links.string_literals(written)
        match name:
            case "if" | "unless" | "else" | "elseif":
                self._condition(name, written, inner, found)
            case "display":
                found.append(passages.Include(quoted[0] if quoted else self._value(written)))
            case "goto" | "undo":
                found.append(
                    passages.Goto(
                        passages.BACK if name == "undo" else self._target(written, quoted)
                    )
                )
            case "live" | "event" | "after":  # until then, there is what follows
                found += map(passages.as_exit, inner)
            case "show" | "hidden":
                found += self._show(written, depth) if name == "show" else _note_hidden(inner)
            case _ if name.startswith(("link", "click", "mouse")):
                inner += self._show(written, depth) if name == "linkshow" else []
                found += self._link(name, written, quoted, inner)
            case _ if name in harlowe_macros.SILENT and not (
                name in harlowe_macros.ELSEWHERE and self.in_body
            ):
                found += passages.changes_in(written)
            case _ if name in harlowe_macros.CYCLES and quoted:
                found.append(passages.Text(quoted[0]))
            case _ if not hook:
                found.append(passages.Text(self._value(written)))
            case _:
                found += inner

    def _condition(
        self,
        name: str,
        written: str,
        inner: Sequence[passages.Node],
        found: list[passages.Node],
    ) -> None:
        if name in ("if", "unless"):
            self.tried = [f"not ({written})" if name == "unless" else written]
            found.append(passages.If(((self.tried[0], tuple(inner)),)))
        else:
            condition = passages.OTHERWISE if name == "else" else written
            passages.add_branch(found, condition, inner, self.tried)
            self.tried.append(condition)

    def _link(
        self, name: str, written: str, quoted: Sequence[str], inner: Sequence[passages.Node]
    ) -> Iterator[passages.Node]:
        """Yield the link that a macro makes, if any."""
        text = self._shown(quoted[0]) if quoted else self._value(written)
        if name in ("linkgoto", "linkrevealgoto"):
            yield passages.Link(text, self._target(written, quoted))
        elif name.endswith("undo"):
            is_shown = name == "linkundo"
            picked = text if is_shown else self._clicked(written, quoted)
            yield passages.Link(picked, passages.BACK, is_shown=is_shown)
        elif name in harlowe_macros.NO_WAYS:
            yield passages.Text(text)
        elif name in harlowe_macros.REVEALING:
            yield passages.Link(text, body=tuple(inner))
        elif name in harlowe_macros.CLICKS:
            yield passages.Link(self._clicked(written, quoted), body=tuple(inner), is_shown=False)
        elif name.endswith("goto") and quoted:  # a jump for text elsewhere
            picked = self._clicked(written, quoted[:-1])
            yield passages.Link(picked, quoted[-1], is_shown=False)

    def _clicked(self, written: str, quoted: Sequence[str]) -> str:
        """Return the text that is clicked: it is quoted, or in a named hook."""
        hook = written.partition(",")[0].strip()
        return quoted[0] if quoted else self.hooks.get(hook.lstrip("?"), "")

    def _shown(self, text: str, depth: int = 0) -> str:
        """Return the text of a link or a string, in which there may be macros and variables."""
        if not _MAY_HOLD_CODE.search(text):
            return text
        if depth > MAX_DEPTH:
            raise passages.TooDeep
        parser = _Parser(text, self.known)
        parser.temporary |= self.temporary
        return passages.flat_text(parser.read(0, len(text), depth + 1))

    def _target(self, written: str, quoted: Sequence[str]) -> str:
        if "history" in written.lower():
            return passages.BACK
        return quoted[-1] if quoted else self.known.get(written.lstrip("$_"), "")

    def _value(self, written: str) -> str:
        if nested := re.match(r"\((?:text|str|string|print|num):", written):
            written = written[nested.end() :].strip(" )")
        return self._shown(links.evaluate(written, self.known))


def _note_hidden(inner: Sequence[passages.Node]) -> list[passages.Note]:
    return [passages.Note(_NEVER_SHOWN)] if any(map(passages.has_text, inner)) else []


def text_of(inner: Sequence[passages.Node]) -> str:
    """Return the text of some nodes."""
    match list(inner):
        case [passages.Text(text=text)]:
            return text.strip()
        case [passages.Link(text=text)]:
            return text
    return " ".join(node.text.strip() for node in inner if isinstance(node, passages.Text)).strip()
