"""Thread jumps: leave out ways through a story on which two conditions exclude each other.

Where `if x is 1` and `if x is 2` follow one another, the text of the first leads past that of the
second. A block's facts are the conditions on the only way into it, and the block after it is passed
over if it is empty: its exits become those of the block before, without the impossible ones.
"""

from collections import defaultdict
from collections.abc import Mapping

from corpus_scraper.formats.basic_block import BasicBlock, Exit
from corpus_scraper.formats.facts import Facts

MAX_THREADED = 20_000
"""Exits that are looked at in one story; more than any real one needs."""

MAX_WAY = 12
"""Blocks on the way into a block whose conditions are its facts."""


def thread_jumps(blocks: Mapping[str, BasicBlock]) -> None:
    """Change the exits of `blocks` so that they skip empty blocks which only exclude something."""
    threader = _Threader(blocks)
    for block in blocks.values():
        if block.is_blank and len(block.exits) > 1 and any(e.condition for e in block.exits):
            threader.pass_over(block)
        if threader.looked_at > MAX_THREADED:
            return


class _Threader:
    def __init__(self, blocks: Mapping[str, BasicBlock]) -> None:
        self._blocks = blocks
        self._entries: defaultdict[str, list[tuple[BasicBlock, Exit]]] = defaultdict(list)
        for block in blocks.values():
            for exit_ in block.exits:
                self._entries[exit_.target].append((block, exit_))
        self.looked_at = 0

    def pass_over(self, empty: BasicBlock) -> None:
        """Let blocks that lead to `empty`, and know which of its exits is taken, lead there."""
        if empty.ending or empty.returns or empty.threads or empty.changes:
            return
        if any(exit_.text or exit_.turns_page for exit_ in empty.exits):
            return
        entries = self._entries[empty.id]
        possible = {id(exit_): self._possible(block, exit_, empty) for block, exit_ in entries}
        taken = {id(each) for exits in possible.values() for each in exits or empty.exits}
        if any(id(each) not in taken for each in empty.exits):
            return  # some text would be lost
        for block, exit_ in list(entries):
            if exits := possible[id(exit_)]:
                self._replace(block, exit_, exits)

    def _possible(self, block: BasicBlock, exit_: Exit, empty: BasicBlock) -> list[Exit]:
        """Return the exits of `empty` that may be taken from `block`; none where all may."""
        self.looked_at += 1 + len(empty.exits)
        if block is empty or exit_.text or exit_.turns_page:
            return []
        facts = self._facts(block)
        _add_facts(facts, block, exit_)
        possible: list[Exit] = []
        for each in empty.exits:
            verdict = facts.judge(each.condition)
            if verdict is not False:
                possible.append(each)
            if verdict:
                break  # the first condition that holds decides
        return possible if len(possible) < len(empty.exits) else []

    def _facts(self, block: BasicBlock) -> Facts:
        """Return what is known at the end of `block`."""
        way: list[tuple[BasicBlock, Exit | None]] = [(block, None)]
        while len(way) < MAX_WAY and len(entries := self._entries[way[-1][0].id]) == 1:
            before, exit_ = entries[0]
            if exit_.text or exit_.turns_page or any(before is each for each, _ in way):
                break
            way.append((before, exit_))
        facts = Facts()
        for each, left_by in reversed(way):
            facts.forget(each.changes)
            if left_by is not None:
                _add_facts(facts, each, left_by)
        return facts

    def _replace(self, block: BasicBlock, exit_: Exit, exits: list[Exit]) -> None:
        """Replace an exit of `block` with copies of others."""
        own = ["" if len(exits) == 1 else each.condition for each in exits]
        conditions = [" and ".join(filter(None, (exit_.condition, each))) for each in own]
        copies = [
            Exit(each.target, condition=condition)
            for each, condition in zip(exits, conditions, strict=True)
        ]
        at = next(number for number, each in enumerate(block.exits) if each is exit_)
        block.exits[at : at + 1] = copies
        entries = self._entries[exit_.target]
        entries[:] = [each for each in entries if each[1] is not exit_]
        for copy in copies:
            self._entries[copy.target].append((block, copy))


def _add_facts(facts: Facts, block: BasicBlock, taken: Exit) -> None:
    """Add what holds where `block` is left by `taken`: its condition, and none before it."""
    for exit_ in block.exits:
        if exit_ is taken:
            break
        if not exit_.text:
            facts.add(exit_.condition, holds=False)
    facts.add(taken.condition)
