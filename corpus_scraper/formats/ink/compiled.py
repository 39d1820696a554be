"""Read compiled ink stories: the JSON that inklecate writes, in versions 11 to 21.

The program is walked into a control flow: first every place that a jump may land on is found, then
each is run up to the next branch. Nothing is computed: where branches only print text, the first
text is kept.
"""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpus_scraper.formats.basic_block import GLUE, BasicBlock
from corpus_scraper.formats.control_flow import MAX_STEPS, ControlFlow
from corpus_scraper.formats.graph_builder import Format, ParsedStory, build_graph
from corpus_scraper.formats.ink import FALLBACK_CONDITION, constant_condition, separate_words
from corpus_scraper.formats.ink.evaluation_stack import (
    EvaluationStack,
    Jump,
    constant_values,
    jump_of,
)
from corpus_scraper.formats.ink.program import Container, Cursor, parse_container, resolve
from corpus_scraper.formats.story_file import MAX_DEPTH, load
from corpus_scraper.formats.strict_json import list_at, object_at, parse
from corpus_scraper.graph import StoryGraph

_VERSION_KEY = re.compile(rb'"inkVersion"\s*:\s*\d')


def _recognises(path: Path, head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"{") and bool(_VERSION_KEY.search(head))


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    program = object_at(file, "a compiled ink story", parse(file))
    if program.get("root") is None:
        raise file.unreadable("there is no list called root, as compiled ink has one.")
    interpreter = InkInterpreter(parse_container(list_at(file, "root", program["root"])))
    yield build_graph(file, interpreter.run())


FORMAT = Format("ink-json", _recognises, _parse)


# ── The interpreter ───────────────────────────────────────────────────────────────────────────────

_IDLE = frozenset({"nop", "pop", "G>", "G<", "/ev", "ev"})
"""Instructions that may come between a fork and the place where its branches meet."""

MAX_TEXT_INSTRUCTIONS = 400
"""Instructions of a branch that only prints text; a longer one is a scene."""

_FLAG_CONDITION, _FLAG_START, _FLAG_ONLY, _FLAG_DEFAULT = 1, 2, 4, 8


@dataclass(slots=True)
class _Fork:
    """A row of conditional jumps, and the place where none is taken."""

    branches: list[tuple[str, Cursor]] = field(default_factory=list)
    otherwise: Cursor | None = None
    is_sequence: bool = False
    is_exhaustive: bool = False
    """Whether one of the branches is always taken."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A branch that only prints text."""

    text: str
    meets: Cursor | None
    """Where it continues."""


class InkInterpreter:
    """Walks one program, once."""

    def __init__(self, root: Container) -> None:
        self.flow = ControlFlow()
        self._root = root
        self._leaders = set(_leaders(root))
        self._ids: dict[Cursor, str] = {}
        self._waiting: deque[tuple[Cursor, BasicBlock]] = deque()
        self._values = EvaluationStack.first_values(root.named.get("global decl"))
        self._fixed = constant_values(root)
        self._texts: dict[Cursor, _Text | None] = {}
        self._steps = 0

    def run(self) -> ParsedStory:
        """Return the story."""
        start = self._block_at(Cursor(self._root, 0))
        while self._waiting:
            cursor, block = self._waiting.popleft()
            self._run(cursor, block)
        return self.flow.parsed(start)

    def _block_at(self, cursor: Cursor | None) -> str:
        """Return the id of the block that starts at `cursor`, and queue it."""
        place = cursor.instruction() if cursor else None
        if place is None:
            return self.flow.ending("END")
        if place not in self._ids:
            block = self.flow.open_block(place.path or "(start)")
            self._ids[place] = block.id
            self._waiting.append((place, block))
        return self._ids[place]

    def _run(self, cursor: Cursor | None, block: BasicBlock) -> None:
        """Run from `cursor` into `block`, up to the next branch."""
        stack = EvaluationStack(self._values)
        first = cursor
        while cursor is not None:
            self._steps += 1
            if self._steps > MAX_STEPS * 4:
                self.flow.notes["The program is too long to be followed to its end."] += 1
                return
            if cursor is not first and cursor in self._leaders:
                block.add_exit(self._block_at(cursor))
                return
            cursor = self._step(cursor, block, stack)

    def _step(self, at: Cursor, block: BasicBlock, stack: EvaluationStack) -> Cursor | None:
        """Run one instruction; return the next one, or None where the block ends."""
        item = at.item
        if isinstance(item, dict):
            return self._run_object(item, at, block, stack)
        match item:
            case "end":
                block.add_exit(self.flow.ending("END"))
                return None
            case "done" | "~ret":
                return None
            case "->->":
                block.returns = True
                return None
            case "thread":
                return self._thread(at, block)
            case _:
                block.add_text(stack.run(item))
                return at.next()

    def _run_object(
        self, item: dict[str, Any], at: Cursor, block: BasicBlock, stack: EvaluationStack
    ) -> Cursor | None:
        """Run an instruction that is an object: a jump, a choice, or a stack operation."""
        jump = jump_of(item)
        if "*" in item:
            self._choice(item, at, block, stack)
            return at.next()
        if jump is None:
            block.changes.update(str(item[key]) for key in ("VAR=", "temp=") if key in item)
            stack.run_object(item)
            return at.next()
        if jump.kind == "call" and not jump.path.endswith(".s"):
            stack.call(jump.path)
            return at.next()
        target = None if jump.is_variable else resolve(jump.path, at)
        if target is not None and target.container.path.endswith(".s"):
            return self._add_start(target, at, block, stack)
        if jump.is_conditional:
            return self._fork(at, block, stack)
        if target is None:
            self.flow.notes["A divert has a target that is computed."] += 1
            return None
        if jump.kind == "tunnel":
            back = at.next()
            exit_ = block.add_exit(self._block_at(target))
            self.flow.calls.append((exit_, self._block_at(back), block.id))
        else:
            block.add_exit(self._block_at(target))
        return None

    def _thread(self, at: Cursor, block: BasicBlock) -> Cursor | None:
        divert = at.next()
        jump = jump_of(divert.item) if divert and isinstance(divert.item, dict) else None
        target = resolve(jump.path, divert) if jump and divert else None
        if target is not None:
            exit_ = block.add_exit(self._block_at(target))
            block.exits.remove(exit_)
            block.threads.append(exit_)
        return divert.next() if divert else None

    def _add_start(
        self, target: Cursor, at: Cursor, block: BasicBlock, stack: EvaluationStack
    ) -> Cursor | None:
        """Add the text that a choice and its output share, unless there is nothing else."""
        shared = self._text_from(target, 0)
        text = shared.text if shared else ""
        follower = at.next()
        if stack.in_text:
            stack.add_text(text)
        elif not _is_break(follower):
            block.add_text(text)
        return follower

    def _choice(
        self, item: dict[str, Any], at: Cursor, block: BasicBlock, stack: EvaluationStack
    ) -> None:
        flags = item.get("flg", 0) if isinstance(item.get("flg", 0), int) else 0
        condition = stack.pop() if flags & _FLAG_CONDITION else ""
        only = stack.pop() if flags & _FLAG_ONLY else ""
        start = stack.pop() if flags & _FLAG_START else ""
        target = resolve(str(item["*"]), at)
        if target is None:
            return
        if flags & _FLAG_DEFAULT:
            block.add_exit(self._block_at(target), condition=condition or FALLBACK_CONDITION)
            return
        text = (start + only).replace(GLUE, "").strip()
        block.add_exit(
            self._block_at(target), text, condition if text else condition or FALLBACK_CONDITION
        )

    def _fork(self, at: Cursor, block: BasicBlock, stack: EvaluationStack) -> Cursor | None:
        """Take a fork: text alternatives are resolved; any other fork ends the block."""
        fork = self._collect(at, stack)
        text = self._single_text(fork, 0)
        if text is not None:
            block.add_text(separate_words(block.last_text, text.text))
            return text.meets
        for condition, target in fork.branches:
            block.add_exit(self._block_at(target), condition=condition)
        if fork.otherwise is not None and not fork.is_exhaustive:
            condition = "otherwise" if fork.branches else ""
            block.add_exit(self._block_at(fork.otherwise), condition=condition)
        return None

    def _collect(self, at: Cursor, stack: EvaluationStack) -> _Fork:
        """Return the conditional jumps that start at `at`."""
        fork = _Fork()
        cursor: Cursor | None = at
        while cursor is not None:
            item = cursor.item
            jump = jump_of(item) if isinstance(item, dict) else None
            if jump is not None:
                target = resolve(jump.path, cursor)
                if not jump.is_conditional:
                    fork.otherwise = target
                    return fork
                value = stack.pop()
                condition = f"not ({value})" if jump.kind == "unless" else value
                fork.is_sequence = fork.is_sequence or "visits" in condition
                is_taken = constant_condition(condition, self._fixed)
                if is_taken:
                    fork.otherwise = target
                    return fork
                if is_taken is None:
                    fork.is_exhaustive = fork.is_exhaustive or jump.kind == "unless"
                    fork.branches += [(condition, target)] if target is not None else []
            elif item == "nop" or not stack.accept(item):
                break
            cursor = cursor.next()
        fork.otherwise = cursor
        return fork

    def _single_text(self, fork: _Fork, depth: int) -> _Text | None:
        """Return the text of `fork` if all its branches only print text and meet again."""
        variants = [self._text_from(target, depth + 1) for _, target in fork.branches]
        meets = _skip_idle(fork.otherwise)
        met = {_skip_idle(each.meets) for each in variants if each is not None}
        if len(met) == 1 and meets not in met and fork.otherwise is not None:
            last = self._text_from(fork.otherwise, depth + 1)  # the branch of an `else`
            variants.append(last)
            meets = _skip_idle(last.meets) if last else None
        if any(each is None for each in variants) or met != {meets}:
            return None
        texts = [each.text for each in variants if each is not None]
        is_block = any("\n" in text.strip(" ") and text.strip() for text in texts)
        glued = any(text.lstrip().startswith(GLUE) for text in texts)
        if is_block and not fork.is_sequence and not glued:
            return None
        first = next((text for text in texts if text.strip()), "")
        return _Text(first, meets)

    def _text_from(self, target: Cursor, depth: int) -> _Text | None:
        """Return the text from `target` to the next jump; None where more happens there."""
        if target not in self._texts:
            self._texts[target] = None  # where it leads back to itself
            if depth <= MAX_DEPTH:
                self._texts[target] = self._read_text(target, depth)
        return self._texts[target]

    def _read_text(self, target: Cursor, depth: int) -> _Text | None:
        stack = EvaluationStack(self._values)
        text = ""
        cursor = target.instruction()
        for _ in range(MAX_TEXT_INSTRUCTIONS):
            if cursor is None:
                return _Text(text, None)
            item = cursor.item
            jump = jump_of(item) if isinstance(item, dict) else None
            if jump is not None and jump.is_conditional:
                inner = self._single_text(self._collect(cursor, stack), depth)
                if inner is None:
                    return None
                text += separate_words(text, inner.text)
                cursor = inner.meets
                continue
            if jump is not None and jump.kind == "divert":
                return _Text(text, resolve(jump.path, cursor))
            words = _text_of(item, jump, stack)
            if words is None:
                return None
            text += words
            cursor = cursor.next()
        return None


def _text_of(item: Any, jump: Jump | None, stack: EvaluationStack) -> str | None:
    """Return the text that an instruction prints; None where it does anything else."""
    match item:
        case "end" | "done" | "->->" | "thread" | {"*": _}:
            return None
        case dict() if jump is None:
            stack.run_object(item)
            return ""
    if jump is None:
        return stack.run(item)
    if jump.kind == "tunnel":
        return None
    stack.call(jump.path)
    return ""


def _is_break(cursor: Cursor | None) -> bool:
    """Return whether the line has no more text."""
    while cursor is not None and isinstance(cursor.item, dict) and "#n" in cursor.item:
        cursor = cursor.next()
    if cursor is None or cursor.item == "\n":
        return True
    return isinstance(cursor.item, dict) and jump_of(cursor.item) is not None


def _skip_idle(cursor: Cursor | None) -> Cursor | None:
    place = cursor.instruction() if cursor else None
    while place is not None and isinstance(place.item, str) and place.item in _IDLE:
        place = place.next()
    return place


def _leaders(root: Container) -> Iterator[Cursor]:
    """Yield every place that a jump may land on."""
    waiting = [root]
    while waiting:
        each = waiting.pop()
        waiting.extend(each.named.values())
        for index, item in enumerate(each.items):
            if isinstance(item, Container):
                waiting.append(item)
            elif isinstance(item, dict):
                jump = jump_of(item)
                path = jump.path if jump else item.get("*")
                target = resolve(path, Cursor(each, index)) if isinstance(path, str) else None
                place = target.instruction() if target else None
                if place is not None:
                    yield place
