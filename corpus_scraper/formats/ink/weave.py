"""Weave the statements of ink into a control flow.

In ink, the text of a choice runs on to the next gather of its depth or less, wherever that is; the
ink documentation calls this the weave.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from corpus_scraper.formats.basic_block import GLUE, BasicBlock, Exit
from corpus_scraper.formats.control_flow import ControlFlow
from corpus_scraper.formats.facts import Facts
from corpus_scraper.formats.graph_builder import ParsedStory
from corpus_scraper.formats.ink import (
    FALLBACK_CONDITION,
    constant_condition,
    separate_words,
    syntax,
)
from corpus_scraper.formats.placeholders import placeholder_for

_ENDS = frozenset({"END", "DONE"})


@dataclass(slots=True)
class _Weave:
    """The state of one level of statements."""

    anchors: dict[int, BasicBlock] = field(default_factory=dict)
    """Blocks that offer the choices of each depth."""
    loose: list[tuple[int, BasicBlock]] = field(default_factory=list)
    """Loose ends within the choices of each depth."""
    depth: int = 0
    """Depth of the choice that contains the current statement."""


class InkWriter:
    """Writes knots and stitches into a control flow, and resolves their diverts."""

    def __init__(self, values: Mapping[str, str], fixed: Mapping[str, bool]) -> None:
        self.flow = ControlFlow()
        self._values = values
        self._fixed = fixed
        self._knot = self._stitch = ""
        self._here: BasicBlock | None = None
        self._outer_condition = ""
        """Condition of the branch whose choices are offered where the branch starts."""
        self._outer_block: BasicBlock | None = None
        """The block where that branch starts."""
        self._names: dict[str, str] = {}
        """Block ids by every path that a divert may name, in full or by its last parts."""
        self._pending: list[tuple[Exit, str, str]] = []
        """Exits that still name a path, with the knot and stitch that contain them."""
        self._first = ""
        self._facts = Facts()
        """What holds in a block, since text is shown that depends on it."""
        self._facts_of: BasicBlock | None = None
        """That block."""

    def write_part(self, knot: str, stitch: str, statements: Sequence[syntax.Statement]) -> None:
        """Write the statements of a stitch, of a knot, or outside of knots (empty names)."""
        self._knot, self._stitch = knot, stitch
        path = ".".join(filter(None, (knot, stitch)))
        self._here = block = self.flow.open_block(path or "(start)")
        if path:
            self._name(path, block)
        if not self._first or (self._first == "(start)" and self._is_idle(self._first)):
            self._first = block.id
        if stitch and knot in self._names and self._is_idle(self._names[knot]):
            # a knot starts with its first stitch
            self.flow.blocks[self._names[knot]].add_exit(block.id)
        self._write(statements)
        self._here = None

    def parsed(
        self, title: str, *, author: str = "", strip_marks: Callable[[str], str] | None = None
    ) -> ParsedStory:
        """Return the story; see ControlFlow.parsed."""
        for exit_, knot, stitch in self._pending:
            exit_.target = self._find(exit_.target, knot, stitch)
        return self.flow.parsed(self._first, title, author=author, strip_marks=strip_marks)

    def _is_idle(self, id_: str) -> bool:
        block = self.flow.blocks[id_]
        return block.is_blank and not (block.exits or block.threads or block.returns)

    def _name(self, path: str, block: BasicBlock) -> None:
        """Register `block` under its path and the last parts of it."""
        self._names[path] = block.id
        parts = path.split(".")
        for begin in range(1, len(parts)):
            self._names.setdefault("." + ".".join(parts[begin:]), block.id)
        if len(parts) == 3:  # a label is visible in the whole knot
            self._names.setdefault(f"{parts[0]}.{parts[2]}", block.id)

    def _new(self, label: str = "") -> BasicBlock:
        """Return a new block of this knot and stitch, registered under its label if it has one."""
        scope = ".".join(filter(None, (self._knot, self._stitch)))
        if not label:
            return self.flow.new_block(scope or "(start)")
        path = ".".join(filter(None, (scope, label)))
        block = self.flow.open_block(path)
        self._name(path, block)
        return block

    def _find(self, name: str, knot: str, stitch: str) -> str:
        """Return the block that `name` refers to within a knot and stitch."""
        if name in _ENDS:
            return self.flow.ending("END")
        for path in (f"{knot}.{stitch}.{name}", f"{knot}.{name}", name, f".{name}"):
            if path in self._names:
                return self._names[path]
        self.flow.notes["A divert has a target that is computed."] += 1
        return name

    def _divert_to(self, block: BasicBlock, name: str) -> Exit:
        exit_ = block.add_exit(name)
        self._pending.append((exit_, self._knot, self._stitch))
        return exit_

    def _write(self, statements: Sequence[syntax.Statement]) -> _Weave:
        """Write `statements` from here on; return what remains open."""
        weave = _Weave()
        for index, statement in enumerate(statements, 1):
            match statement:
                case syntax.Line(parts):
                    while index < len(statements) and isinstance(statements[index], syntax.Change):
                        index += 1
                    follower = statements[index] if index < len(statements) else None
                    self._line(
                        parts, weave, goes_on=isinstance(follower, syntax.Line | syntax.Option)
                    )
                case syntax.Option():
                    self._option(statement, weave)
                case syntax.Gather():
                    self._gather(statement, weave)
                case syntax.Thread(target):
                    self._thread(target)
                case syntax.Change(names):
                    self._change(names)
        return weave

    def _change(self, names: frozenset[str]) -> None:
        """Drop what is known about variables that may change here."""
        if self._here is not None:
            self._facts_here().forget(names)
            self._here.changes |= names

    def _facts_here(self) -> Facts:
        if self._facts_of is not self._here:
            self._facts, self._facts_of = Facts(), self._here
        return self._facts

    def _thread(self, target: str) -> None:
        if self._here is not None:
            exit_ = Exit(target)
            self._here.threads.append(exit_)
            self._pending.append((exit_, self._knot, self._stitch))

    def _option(self, option: syntax.Option, weave: _Weave) -> None:
        anchor = weave.anchors.get(option.depth)
        if self._here is not None and weave.depth >= option.depth:
            weave.loose.append((weave.depth, self._here))
            anchor = anchor or next(iter(weave.anchors.values()), None)
        anchor = anchor or self._here or self._new()
        weave.anchors = {d: b for d, b in weave.anchors.items() if d < option.depth}
        weave.anchors[option.depth] = anchor
        body = self._new(option.label)
        text = self._text(option.text).strip()
        outer = self._outer_condition if anchor is self._outer_block else ""
        condition = " and ".join(filter(None, (outer, *option.conditions)))
        anchor.add_exit(body.id, text, condition if text or condition else FALLBACK_CONDITION)
        self._here, weave.depth = body, option.depth
        self._line(option.output, weave, goes_on=False)

    def _gather(self, gather: syntax.Gather, weave: _Weave) -> None:
        block = self._new(gather.label)
        for depth, loose in weave.loose:
            if depth >= gather.depth:
                loose.add_exit(block.id)
        weave.loose = [(depth, each) for depth, each in weave.loose if depth < gather.depth]
        weave.anchors = {d: b for d, b in weave.anchors.items() if d < gather.depth}
        if self._here is not None:
            self._here.add_exit(block.id)
        self._here, weave.depth = block, gather.depth - 1

    def _line(self, parts: Sequence[syntax.Part], weave: _Weave, *, goes_on: bool) -> None:
        """Write a line; `goes_on` if text or choices follow directly."""
        if (
            len(parts) == 1
            and isinstance(parts[0], syntax.PrintValue)
            and "(" in parts[0].expression
        ):
            return  # a function called for its effect
        for index, part in enumerate(map(self._resolve_constants, parts), 1):
            if self._here is None:
                return
            match part:
                case syntax.Divert():
                    self._divert(part)
                case syntax.Fork() if _is_inline(part):
                    self._here.add_text(separate_words(self._here.last_text, self._text((part,))))
                case syntax.Fork():
                    self._fork(part, weave, goes_on=goes_on or index < len(parts))
                case _:
                    self._here.add_text(self._text((part,)))
        if parts and self._here is not None:
            self._here.add_text("\n")

    def _resolve_constants(self, part: syntax.Part) -> syntax.Part:
        """Return a fork without branches that no player reaches: `{DEBUG: …}`."""
        if not isinstance(part, syntax.Fork) or part.is_sequence:
            return part
        kept: list[syntax.Branch] = []
        for branch in part.branches:
            is_taken = constant_condition(branch.condition, self._fixed)
            if is_taken or (branch.condition == "otherwise" and not kept):
                kept.append(syntax.Branch("", branch.statements))
                return replace(part, branches=tuple(kept), has_else=True)
            if is_taken is None:
                kept.append(branch)
        return replace(part, branches=tuple(kept))

    def _divert(self, divert: syntax.Divert) -> None:
        assert self._here is not None  # noqa: S101 - the caller has checked
        if not divert.targets:
            self._here.returns = True
            self._here = None
            return
        tunnels = divert.targets if divert.comes_back else divert.targets[:-1]
        for tunnel in tunnels:
            back = self._new()
            exit_ = self._divert_to(self._here, tunnel)
            self.flow.calls.append((exit_, back.id, self._here.id))
            self._here = back
        if not divert.comes_back:
            self._here.add_text("" if self._here.last_text.endswith(("\n", " ")) else " ")
            self._divert_to(self._here, divert.targets[-1])
            self._here = None

    def _fork(self, fork: syntax.Fork, weave: _Weave, *, goes_on: bool) -> None:
        """Write a fork whose branches become blocks, and the block that follows them."""
        base = self._here
        assert base is not None  # noqa: S101 - the caller has checked
        menus = [branch for branch in fork.branches if _is_menu(branch)]
        ends: list[BasicBlock] = []
        for branch in fork.branches:
            if branch in menus:
                self._offer(branch, base, weave)
            elif branch.statements:
                ends += self._branch(branch, base, weave, goes_on=goes_on)
        if len(menus) == len(fork.branches):
            self._here = base
            return
        after = self._new()
        for end in ends:
            end.add_exit(after.id)
        empty = [branch for branch in fork.branches if not branch.statements]
        if empty or not fork.has_else:
            base.add_exit(after.id, condition=empty[0].condition if empty else "otherwise")
        self._here = after if ends or empty or not fork.has_else else None

    def _offer(self, branch: syntax.Branch, base: BasicBlock, weave: _Weave) -> None:
        """Offer the choices of a branch that consists of them in the block where it starts."""
        before = self._outer_condition, self._outer_block
        outer = self._outer_condition if base is self._outer_block else ""
        self._outer_condition = " and ".join(filter(None, (outer, branch.condition)))
        self._outer_block = self._here = base
        inner = self._write(branch.statements)
        self._outer_condition, self._outer_block = before
        self._leave_loose(inner, weave)

    def _branch(
        self, branch: syntax.Branch, base: BasicBlock, weave: _Weave, *, goes_on: bool
    ) -> list[BasicBlock]:
        """Write a branch as a block; return the blocks that continue after the fork."""
        block = self._new()
        base.add_exit(block.id, condition=branch.condition)
        self._here = block
        self._facts_here().add(branch.condition)
        self._change(branch.changes)
        inner = self._write(branch.statements)
        if not inner.anchors:
            return [self._here] if self._here is not None else []
        menu = inner.anchors[min(inner.anchors)]
        self._leave_loose(inner, weave)
        return [menu] if goes_on else []

    def _leave_loose(self, inner: _Weave, weave: _Weave) -> None:
        """Pass the loose ends of a branch's choices to the next gather outside."""
        weave.loose += [(weave.depth + depth, block) for depth, block in inner.loose]
        if self._here is not None:
            weave.loose.append((weave.depth + max(inner.depth, 1), self._here))

    def _text(self, parts: Iterable[syntax.Part]) -> str:
        """Return the text of `parts`; of several branches, the first with text is taken."""
        pieces: list[str] = []
        for part in map(self._resolve_constants, parts):
            match part:
                case syntax.Text(text):
                    pieces.append(text)
                case syntax.Glue():
                    pieces.append(GLUE)
                case syntax.PrintValue(expression):
                    pieces.append(placeholder_for(expression, self._values))
                case syntax.Fork():
                    pieces.append(separate_words(pieces[-1] if pieces else "", self._one_of(part)))
                case syntax.Divert():
                    pass
        return "".join(pieces)

    def _one_of(self, fork: syntax.Fork) -> str:
        """Return the text of the first branch with text that may be shown here."""
        facts = self._facts_here()
        for branch in fork.branches:
            verdict = None if fork.is_sequence else facts.judge(branch.condition)
            words = "" if verdict is False else self._branch_text(branch)
            if words.strip() and not fork.is_sequence:
                facts.add(branch.condition)
            if words.strip() or verdict:
                self._change(branch.changes)
                return words
        return ""

    def _branch_text(self, branch: syntax.Branch) -> str:
        lines = [each.parts for each in branch.statements if isinstance(each, syntax.Line)]
        return "\n".join(map(self._text, lines))


def _is_inline(fork: syntax.Fork) -> bool:
    """Return whether all branches of a fork only print text within a line."""
    if not all(
        isinstance(each, syntax.Line) for branch in fork.branches for each in branch.statements
    ):
        return False
    inside = [part for branch in fork.branches for part in _parts(branch)]
    if any(isinstance(part, syntax.Divert) for part in inside):
        return False
    if any(isinstance(part, syntax.Fork) and not _is_inline(part) for part in inside):
        return False
    glued = any(
        isinstance(part, syntax.Glue) for branch in fork.branches for part in _parts(branch)[:1]
    )
    return fork.is_sequence or not fork.is_block or glued or not inside


def _parts(branch: syntax.Branch) -> list[syntax.Part]:
    return [
        part for each in branch.statements if isinstance(each, syntax.Line) for part in each.parts
    ]


def _is_menu(branch: syntax.Branch) -> bool:
    """Return whether a branch starts with choices."""
    return bool(branch.statements) and isinstance(branch.statements[0], syntax.Option)
