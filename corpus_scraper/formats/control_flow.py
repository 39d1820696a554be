"""Turn the text and jumps of a script into passages and choices, through a graph of basic blocks.

The parser of a scripting format opens a block wherever a jump may land, adds text to it and adds
exits. Empty blocks with one exit are then removed, and a block that only one exit leads to is
merged into its predecessor, so that a passage is what a player reads in one go. Calls (tunnels,
subroutines) return to every caller. Of conditions that exclude one another, one is met.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from corpus_scraper.formats.basic_block import (
    GLUE,
    BasicBlock,
    Exit,
    ends_sentence,
    render_text,
    split_first_paragraph,
)
from corpus_scraper.formats.graph_builder import ParsedStory, collapse_empty_passages
from corpus_scraper.formats.jump_threading import thread_jumps
from corpus_scraper.graph import Choice, Passage

MAX_JOINS = 4
"""Paragraphs that are merged to complete one sentence."""

MAX_STEPS = 500_000
"""Steps taken to resolve calls and threads; real stories need a few thousand."""

_LABEL = "\0"
"""Marks a target that is a label, which may be defined later."""


@dataclass(slots=True)
class ControlFlow:
    """The blocks of one story while it is parsed."""

    blocks: dict[str, BasicBlock] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    """Sentences about what could not be kept, and how often."""
    calls: list[tuple[Exit, str, str]] = field(default_factory=list)
    """An exit into a tunnel or subroutine, the block it returns to, and the name of the caller."""
    _labels: dict[str, str] = field(default_factory=dict)
    _numbers: Counter[str] = field(default_factory=Counter)

    def open_block(self, name: str) -> BasicBlock:
        """Return a new block with the id `name`, or `name` with a number where that is taken."""
        id_ = name
        while id_ in self.blocks:
            self._numbers[name] += 1
            id_ = f"{name}~{self._numbers[name] + 1}"
        block = self.blocks[id_] = BasicBlock(id_)
        return block

    def new_block(self, scope: str) -> BasicBlock:
        """Return a new block numbered within `scope`."""
        while True:
            self._numbers[scope + ":"] += 1
            id_ = f"{scope}:{self._numbers[scope + ':']}"
            if id_ not in self.blocks:
                return self.open_block(id_)

    def ending(self, name: str) -> str:
        """Return the id of the empty ending `name`, which is created on the first call."""
        id_ = f"[{name}]"
        if id_ not in self.blocks:
            self.blocks[id_] = BasicBlock(id_, ending=True)
        return id_

    def label(self, name: str, after: BasicBlock | None = None) -> BasicBlock:
        """Return a new block that `to_label(name)` leads to, as does `after`.

        Where two have the same name, labels lead to the first.
        """
        block = self.open_block(name)
        self._labels.setdefault(name, block.id)
        if after is not None:
            after.add_exit(block.id)
        return block

    @staticmethod
    def to_label(name: str) -> str:
        """Return the target of an exit to the label `name`, which may be defined later."""
        return _LABEL + name

    def join(self, ends: Iterable[BasicBlock], scope: str) -> BasicBlock:
        """Return a new block in `scope` that each of `ends` leads to."""
        block = self.new_block(scope)
        for end in ends:
            end.add_exit(block.id)
        return block

    def parsed(
        self,
        start: str,
        title: str = "",
        *,
        author: str = "",
        part: str = "",
        strip_marks: Callable[[str], str] | None = None,
        clean_passage: Callable[[str], str] | None = None,
        shows_tags: bool = False,
    ) -> ParsedStory:
        """Return the story; the flow is used up.

        `strip_marks` removes markup from texts (`clean_passage` from those of passages, where they
        differ); passages that are then empty are collapsed.
        """
        start, passages, choices = self.passages(start)
        if strip_marks:
            clean = clean_passage or strip_marks
            passages, choices = collapse_empty_passages(
                start,
                [Passage(p.id, clean(p.text), p.ending) for p in passages],
                [Choice(c.origin, c.target, strip_marks(c.text), c.condition) for c in choices],
            )
        notes = tuple(
            note if count == 1 else f"{note} ({count} times)" for note, count in self.notes.items()
        )
        return ParsedStory(title, start, passages, choices, author, notes, part, shows_tags)

    def passages(self, start: str) -> tuple[str, tuple[Passage, ...], tuple[Choice, ...]]:
        """Return the start, the passages and the choices; the flow is used up."""
        self._resolve_labels()
        self._resolve_calls()
        self._resolve_threads()
        thread_jumps(self.blocks)
        self._prune()
        start = self._skip_blank(start)
        self._absorb_ends(start)
        self._join(start)
        entered = {exit_.target for block in self.blocks.values() for exit_ in block.exits}
        self._finish_sentences()
        self._drop_absorbed(entered - {start})
        passages = tuple(
            Passage(block.id, render_text(block.text), block.ending)
            for block in self.blocks.values()
        )
        choices = tuple(
            Choice(block.id, each.target, render_text(each.text), each.condition)
            for block in self.blocks.values()
            for each in block.exits
        )
        return start, passages, choices

    def _resolve_labels(self) -> None:
        for block in self.blocks.values():
            for exit_ in block.exits:
                if exit_.target.startswith(_LABEL):
                    name = exit_.target.removeprefix(_LABEL)
                    exit_.target = self._labels.get(name, name)

    def _resolve_calls(self) -> None:
        """Add exits from the ends of every tunnel and subroutine back to its callers."""
        beyond = {exit_: back for exit_, back, _ in self.calls}
        callers: dict[str, list[tuple[str, str]]] = {}
        for exit_, back, name in self.calls:
            callers.setdefault(exit_.target, []).append((back, name))
        steps = 0
        for target, backs in callers.items():
            reached, waiting = set[str](), [target]
            while waiting and steps < MAX_STEPS:
                id_ = waiting.pop()
                if id_ in reached or id_ not in self.blocks:
                    continue
                reached.add(id_)
                block = self.blocks[id_]
                waiting.extend(beyond.get(exit_, exit_.target) for exit_ in block.exits)
                steps += 1 + len(block.exits)
                if block.returns:
                    steps += len(backs)
                    are_many = len(backs) > 1
                    for back, name in backs:
                        block.add_exit(back, condition=f"called from {name}" if are_many else "")
            if steps >= MAX_STEPS:
                self.notes["There are more calls than can be followed; some do not return."] += 1
                return

    def _resolve_threads(self) -> None:
        """Copy the text and exits of threads into the block that gathers them."""
        copied = 0
        for block in self.blocks.values():
            waiting, seen = list(block.threads), {block.id}
            while waiting and copied < MAX_STEPS:
                id_ = waiting.pop(0).target
                if id_ in seen or id_ not in self.blocks:
                    continue
                seen.add(id_)
                other = self.blocks[id_]
                copied += 1 + len(other.exits) + len(other.text) // 80
                block.add_text(f"\n{other.text}\n" if other.text else "")
                block.exits += [Exit(e.target, e.text, e.condition) for e in other.exits]
                waiting += other.threads

    def _prune(self) -> None:
        """Remove exits without text into empty blocks that lead nowhere."""
        empty = {
            block.id
            for block in self.blocks.values()
            if block.is_blank and not block.exits and not block.ending
        }
        for block in self.blocks.values():
            block.exits = [
                exit_
                for exit_ in block.exits
                if exit_.text or exit_.turns_page or exit_.target not in empty
            ]

    def _skip_blank(self, start: str) -> str:
        """Remove empty blocks with a single plain exit; return the new start."""
        onward = {
            block.id: block.exits[0].target
            for block in self.blocks.values()
            if block.is_blank
            and not block.ending
            and len(block.exits) == 1
            and block.exits[0].is_plain
            and block.exits[0].target in self.blocks
        }
        for block in self.blocks.values():
            for exit_ in block.exits:
                exit_.target = _last(onward, exit_.target)
        start = _last(onward, start)
        targets = {exit_.target for block in self.blocks.values() for exit_ in block.exits}
        for id_ in onward:
            if id_ not in targets and id_ != start:
                del self.blocks[id_]
        self._drop_unnamed(start)
        return start

    def _drop_unnamed(self, start: str) -> None:
        """Remove empty blocks that nothing leads to: what follows a jump."""
        entered = Counter(exit_.target for block in self.blocks.values() for exit_ in block.exits)
        waiting = [id_ for id_ in self.blocks if not entered[id_] and id_ != start]
        while waiting:
            block = self.blocks.get(waiting.pop())
            if block is None or not block.is_blank:
                continue
            del self.blocks[block.id]
            for exit_ in block.exits:
                entered[exit_.target] -= 1
                if not entered[exit_.target] and exit_.target != start:
                    waiting.append(exit_.target)

    def _absorb_ends(self, start: str) -> None:
        """Make a block that leads only to an empty ending the ending itself."""
        ends = {b.id for b in self.blocks.values() if b.ending and b.is_blank and not b.exits}
        for block in self.blocks.values():
            exits = block.exits
            if (
                not block.is_blank
                and len(exits) == 1
                and exits[0].is_plain
                and exits[0].target in ends
            ):
                block.exits, block.ending = [], True
        still = {exit_.target for block in self.blocks.values() for exit_ in block.exits}
        for id_ in ends - still - {start}:
            del self.blocks[id_]

    def _join(self, start: str) -> None:
        """Merge a block into its predecessor where nothing else leads there."""
        entered = Counter(exit_.target for block in self.blocks.values() for exit_ in block.exits)
        gone: set[str] = set()
        for block in self.blocks.values():
            if block.id in gone:
                continue
            texts = [block.text]
            while len(block.exits) == 1 and block.exits[0].is_plain and not block.ending:
                follower = self.blocks.get(block.exits[0].target)
                if follower is None or follower is block or follower.id == start:
                    break
                if entered[follower.id] != 1 or follower.id in gone:
                    break
                gone.add(follower.id)
                texts.append(follower.text)
                block.exits, block.ending = follower.exits, follower.ending
            block.text = "".join(texts)
        for id_ in gone:
            del self.blocks[id_]

    def _drop_absorbed(self, entered: set[str]) -> None:
        """Remove blocks that were reachable and are no longer: their text was merged elsewhere."""
        still = {exit_.target for block in self.blocks.values() for exit_ in block.exits}
        for id_ in entered - still:
            self.blocks.pop(id_, None)

    def _finish_sentences(self) -> None:
        """Complete a sentence that a block breaks off with the next block's first paragraph.

        The next block is then entered after that paragraph, so that nothing is read twice.
        """
        for block in list(self.blocks.values()):
            for _ in range(MAX_JOINS):
                if not self._finish_sentence(block):
                    break

    def _finish_sentence(self, block: BasicBlock) -> bool:
        """Add the next paragraph to `block` if it breaks off; return whether it did."""
        if len(block.exits) != 1 or not block.exits[0].is_plain or block.is_blank:
            return False
        follower = self.blocks.get(block.exits[0].target)
        if follower is None or follower is block or follower.is_blank:
            return False
        if ends_sentence(block.text) and not follower.text.lstrip().startswith(GLUE):
            return False
        first, rest = split_first_paragraph(follower.text)
        block.add_text(GLUE + first)
        if not rest.strip() and len(follower.exits) < 2:
            block.exits = [Exit(e.target, e.text, e.condition) for e in follower.exits]
            block.ending = follower.ending
            return True
        tail = self.open_block(f"{follower.id} (on)")
        tail.text, tail.exits, tail.ending = rest, follower.exits, follower.ending
        glue = GLUE if follower.text.lstrip().startswith(GLUE) else ""
        follower.text, follower.exits, follower.ending = glue + first, [Exit(tail.id)], False
        block.exits = [Exit(tail.id)]
        return True


def _last(onward: dict[str, str], id_: str) -> str:
    """Return the end of the chain of `onward` from `id_`; `id_` itself where it is a cycle."""
    seen = [id_]
    known = {id_}
    while (target := onward.get(seen[-1])) is not None:
        if target in known:
            return id_
        seen.append(target)
        known.add(target)
    for each in seen[:-1]:
        onward[each] = seen[-1]  # path compression
    return seen[-1]
