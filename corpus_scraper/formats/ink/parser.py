"""Parse the text of an ink script into statements."""

import re
from collections.abc import Iterator

from corpus_scraper.formats.ink import syntax
from corpus_scraper.formats.story_file import MAX_DEPTH

_BULLETS = re.compile(r"[*+](?:[ \t]*[*+])*")
_DASHES = re.compile(r"-(?!>)(?:[ \t]*-(?!>))*")
_LABEL = re.compile(r"[ \t]*\(([ \t]*\w+[ \t]*)\)")
_LOGIC = re.compile(r"~|(?:VAR|CONST|LIST|EXTERNAL|INCLUDE)\b|TODO\b")
_SEQUENCE_WORDS = re.compile(
    r"[ \t]*(?:(?:stopping|cycle|shuffle|once)[ \t]*)+:[ \t]*(?=\n|$)", re.IGNORECASE
)
_BRANCH = re.compile(r"^[ \t]*-(?!>)[ \t]*", re.MULTILINE)
_NAME = re.compile(r"[^\W\d]\w*")
_TAG = re.compile(r"#.*")


def parse_statements(text: str, first: int) -> tuple[syntax.Statement, ...]:
    """Return the statements of a knot's or stitch's text, whose first line has number `first`.

    Raises InkSyntaxError where a brace is not closed. Needs the text that `strip_comments` returns.
    """
    return tuple(
        statement
        for number, line in _with_options_whole(_logical_lines(text, first))
        for statement in _statement(line.strip(), number)
    )


def _with_options_whole(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield lines; a choice that so far has only a label and conditions goes on in the next one."""
    held: list[str] = []
    first = 0
    for number, line in lines:
        if held and line.strip() and not _goes_on(line):
            yield first, " ".join(held)
            held = []
        first = first if held else number
        held.append(line)
        if line.strip() and not _is_head(line, number, is_first=len(held) == 1):
            yield first, " ".join(held)
            held = []
        elif len(held) == 1 and not line.strip():
            yield first, held.pop()
    if held:
        yield first, " ".join(held)


def _goes_on(line: str) -> bool:
    """Return whether a line may go on with the choice before it: it starts nothing of its own."""
    line = line.strip()
    if line.startswith(("->", "<>")):
        return True
    return not line.startswith(tuple("*+-=<")) and not _LOGIC.match(line)


def _is_head(line: str, number: int, *, is_first: bool) -> bool:
    """Return whether a line holds only the label and the conditions of a choice."""
    rest = line.strip()
    while is_first and (dashes := _DASHES.match(rest)):
        rest = _label(rest[dashes.end() :])[1].strip()
    bullets = _BULLETS.match(rest) if is_first else None
    if is_first and not bullets:
        return False
    label, conditions, after = _head(rest[bullets.end() :] if bullets else rest, number)
    return not after and bool(label or conditions)


def _logical_lines(text: str, first: int) -> Iterator[tuple[int, str]]:
    """Yield lines with their numbers; lines within braces are one."""
    held: list[str] = []
    first_line = open_ = 0
    for number, line in enumerate(text.split("\n"), first):
        if not held:
            first_line = number
        held.append(line)
        open_ += line.count("{") - line.count("}")
        if open_ > 0:
            continue
        if open_ < 0:
            raise InkSyntaxError(number, "a brace is closed that was never opened.")
        yield first_line, "\n".join(held)
        held = []
    if held:
        raise InkSyntaxError(first_line, "a brace is opened and never closed.")


def _statement(line: str, number: int) -> Iterator[syntax.Statement]:
    while dashes := _DASHES.match(line):
        label, rest = _label(line[dashes.end() :])
        yield syntax.Gather(_count(dashes.group(), "-"), label)
        line = rest.strip()
    if not line or _LOGIC.match(line):
        if names := frozenset(_NAME.findall(line) if line.startswith("~") else ()):
            yield syntax.Change(names)
        return
    if line.startswith("<-"):
        yield syntax.Thread(_name(line[2:]))
    elif bullets := _BULLETS.match(line):
        yield _option(line[bullets.end() :], _count(bullets.group(), "*+"), number)
    else:
        yield syntax.Line(parse_line(line, number), number)


def _count(bullets: str, kinds: str) -> int:
    return min(sum(bullets.count(kind) for kind in kinds), MAX_DEPTH)


def _label(text: str) -> tuple[str, str]:
    found = _LABEL.match(text)
    return (found.group(1).strip(), text[found.end() :]) if found else ("", text)


def _head(text: str, number: int) -> tuple[str, list[str], str]:
    """Return the label and the conditions that a choice starts with, and the rest."""
    label, rest = _label(text)
    rest = rest.strip()
    conditions: list[str] = []
    while rest.startswith("{"):
        end = closing_brace(rest, 0, number)
        inner = rest[1:end]
        if find_top_level(inner, ":|") >= 0:
            break
        conditions.append(_expression(inner))
        rest = rest[end + 1 :].strip()
        if not label and rest.startswith("("):
            label, rest = _label(rest)
            rest = rest.strip()
    return label, conditions, rest


def _expression(written: str) -> str:
    """Return a condition or a value as its author wrote it, on one line."""
    return " ".join(syntax.unescaped(written).split())


def _option(text: str, level: int, number: int) -> syntax.Option:
    label, conditions, rest = _head(text, number)
    words, arrow, divert = _at_divert(rest)
    begin = find_top_level(words, "[")
    end = words.find("]", begin) if begin >= 0 else -1
    text, output = words, ""
    if 0 <= begin < end:
        start, after = words[:begin], words[end + 1 :]
        text = start + words[begin + 1 : end]
        output = start + after if after.strip() else ""
    return syntax.Option(
        level,
        label,
        tuple(conditions),
        parse_line(text, number),
        parse_line(output + arrow + divert, number),
        number,
    )


def _at_divert(text: str) -> tuple[str, str, str]:
    """Return the text before the divert, the arrow, and the rest."""
    position = find_top_level(text, "->")
    return (text, "", "") if position < 0 else (text[:position], "->", text[position + 2 :])


def parse_line(text: str, number: int) -> tuple[syntax.Part, ...]:
    """Return the parts of a line of content."""
    found: list[syntax.Part] = []
    if "#" in text and "\n" not in text:
        text = _TAG.sub("", text)
    position, arrow = 0, text.find("->")
    while (brace := text.find("{", position)) >= 0 and (arrow < 0 or brace < arrow):
        found += _words(text[position:brace])
        end = closing_brace(text, brace, number)
        inside = _in_braces(text[brace + 1 : end], number)
        found += [inside] if inside else []
        position = end + 1
        if 0 <= arrow < position:
            arrow = text.find("->", position)
    if arrow < 0:
        return (*found, *_words(text[position:]))
    return (*found, *_words(text[position:arrow]), _divert(text[arrow:]))


def _words(text: str) -> list[syntax.Part]:
    pieces = text.split("<>")
    found: list[syntax.Part] = []
    for index, piece in enumerate(pieces):
        if index:
            found.append(syntax.Glue())
        if piece:
            found.append(syntax.Text(syntax.unescaped(piece)))
    return found


def _divert(text: str) -> syntax.Divert:
    """Return the divert in `text`, which starts with its arrow."""
    names = [_name(each) for each in text.split("->")][1:]
    if not any(names):
        return syntax.Divert(())
    comes_back = not names[-1]
    return syntax.Divert(tuple(name for name in names if name), comes_back)


def _name(text: str) -> str:
    """Return a target without its arguments and the text after it."""
    found = re.match(r"\s*([\w.]+)", text)
    return found.group(1) if found else ""


def _in_braces(inner: str, number: int) -> syntax.Part | None:
    """Return the part that braces around `inner` form."""
    is_block = "\n" in inner.strip()
    words = _SEQUENCE_WORDS.match(inner)
    if words or inner[:1] in ("&", "!", "~", "$"):
        rest = inner[words.end() :] if words else inner[1:]
        return _sequence(rest, number, is_block)
    colon, bar = find_top_level(inner, ":"), find_top_level(inner, "|")
    if is_block and _BRANCH.match(inner.lstrip("\n \t")):
        return _cases("", inner, number)
    if colon >= 0 and (bar < 0 or colon < bar):
        return _condition(inner[:colon].strip(), inner[colon + 1 :], number, is_block)
    if bar >= 0:
        return _sequence(inner, number, is_block)
    return syntax.PrintValue(_expression(inner)) if inner.strip() else None


def _sequence(inner: str, number: int, is_block: bool) -> syntax.Fork:
    texts = (
        _by_dashes(inner)[1:] if is_block and _BRANCH.search(inner) else split_top_level(inner, "|")
    )
    branches = tuple(
        _branch(f"time {index}", parse_statements(text, number))
        for index, text in enumerate(texts, 1)
    )
    return syntax.Fork(branches, is_sequence=True, has_else=True, is_block=is_block)


def _branch(condition: str, statements: tuple[syntax.Statement, ...]) -> syntax.Branch:
    changes = [each for each in statements if isinstance(each, syntax.Change)]
    inner = tuple(each for each in statements if not isinstance(each, syntax.Change))
    return syntax.Branch(condition, inner, frozenset().union(*(each.names for each in changes)))


def _inline_branch(text: str, number: int) -> tuple[syntax.Statement, ...]:
    """Return one branch of inline braces, with its spaces; several lines are statements."""
    begin = text.lstrip()
    if not begin or "\n" in begin.rstrip() or begin[0] in "*+~" or begin.startswith("- "):
        return parse_statements(text, number)
    return (syntax.Line(parse_line(text.replace("\n", " "), number), number),)


def _condition(condition: str, rest: str, number: int, is_block: bool) -> syntax.Fork:
    condition = _expression(condition)
    if is_block and _BRANCH.search(rest):
        return _cases(condition, rest, number)
    texts = split_top_level(rest, "|")[:2]
    conditions = (condition, f"not ({condition})")
    branches = tuple(
        _branch(each, _inline_branch(text, number))
        for each, text in zip(conditions, texts, strict=False)
    )
    return syntax.Fork(branches, is_sequence=False, has_else=len(branches) > 1, is_block=is_block)


def _cases(subject: str, inner: str, number: int) -> syntax.Fork:
    """Return the fork of `- condition: text` lines, compared with `subject` if there is one."""
    first, *cases = _by_dashes(inner)
    branches = [_branch(subject, parse_statements(first, number))] if first.strip() else []
    is_switch = bool(subject) and not first.strip()
    has_else = False
    for case in cases:
        colon = find_top_level(case, ":")
        condition = _expression(case[:colon]) if colon >= 0 else ""
        text = case[colon + 1 :] if colon >= 0 else case
        if condition == "else":
            condition, has_else = "otherwise", True
        elif is_switch and condition:
            condition = f"{subject} == {condition}"
        branches.append(_branch(condition, parse_statements(text, number)))
    return syntax.Fork(tuple(branches), is_sequence=False, has_else=has_else, is_block=True)


def _by_dashes(inner: str) -> list[str]:
    """Return the text before the first line that starts with a dash, and that of each such line."""
    pieces: list[list[str]] = [[]]
    open_ = 0
    for line in inner.split("\n"):
        dash = _BRANCH.match(line) if open_ == 0 else None
        if dash:
            pieces.append([line[dash.end() :]])
        else:
            pieces[-1].append(line)
        open_ += line.count("{") - line.count("}")
    return ["\n".join(lines) for lines in pieces]


# ── Scanning ──────────────────────────────────────────────────────────────────────────────────────


class InkSyntaxError(ValueError):
    """A line that the ink compiler would refuse."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def split_top_level(text: str, mark: str) -> list[str]:
    """Return `text` split at each `mark` outside braces."""
    pieces, begin = [], 0
    for position in iter_top_level(text, mark):
        pieces.append(text[begin:position])
        begin = position + len(mark)
    return [*pieces, text[begin:]]


def find_top_level(text: str, marks: str) -> int:
    """Return the offset of the first of `marks` outside braces; -1 where there is none."""
    return next(iter_top_level(text, marks), -1)


_MARKS = re.compile(r"[{}]|->|\|\||[|:\[]")


def iter_top_level(text: str, marks: str) -> Iterator[int]:
    """Yield the offsets of the characters in `marks`, or of the arrow `->`, outside braces.

    `||` is an operator, not two bars.
    """
    wanted = {marks} if marks == "->" else set(marks)
    depth = 0
    for found in _MARKS.finditer(text):
        mark = found.group()
        if mark == "{":
            depth += 1
        elif mark == "}":
            depth -= 1
        elif depth == 0 and mark in wanted:
            yield found.start()


_BRACES = re.compile(r"[{}]")
_ESCAPE = re.compile(r"\\(.?)")
_COMMENT = re.compile(r"(?<!:)//[^\n]*|/\*")


def closing_brace(text: str, opening: int, number: int) -> int:
    """Return the offset of the brace that closes the one at `opening`."""
    depth = 0
    for found in _BRACES.finditer(text, opening):
        depth += 1 if found.group() == "{" else -1
        if depth == 0:
            return found.start()
    raise InkSyntaxError(number, "a brace is opened and never closed.")


def strip_comments(text: str) -> str:
    """Return the text of a file without comments, with stand-ins for escaped characters.

    Line numbers stay the same. Raises InkSyntaxError where braces are nested too deep.
    """
    text = _without_comments(_ESCAPE.sub(_escaped, text))
    depth = 0
    for found in _BRACES.finditer(text):
        depth = depth + 1 if found.group() == "{" else max(depth - 1, 0)
        if depth > MAX_DEPTH:
            line = text.count("\n", 0, found.start()) + 1
            raise InkSyntaxError(line, f"braces are nested more than {MAX_DEPTH} deep.")
    return text


def _escaped(found: re.Match[str]) -> str:
    return syntax.escaped(found[1]) if found[1] else ""  # nothing is after it at the end of a line


def _without_comments(text: str) -> str:
    kept: list[str] = []
    position = 0
    while found := _COMMENT.search(text, position):
        kept.append(text[position : found.start()])
        position = found.end()
        if found.group() != "/*":
            continue
        end = text.find("*/", position)
        if end < 0:
            line = text.count("\n", 0, position) + 1
            raise InkSyntaxError(line, "a comment is opened and never closed.")
        kept.append("\n" * text.count("\n", position, end))
        position = end + 2
    return "".join(kept) + text[position:]
