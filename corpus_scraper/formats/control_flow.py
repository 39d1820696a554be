"""Provides Flow: text and jumps as a script has them, made into passages and choices.

A reader of a scripting format opens a block wherever a jump may land, says text into it and lets
exits leave it. Blocks that only lead on are then taken out, and blocks that nothing but one exit
leads to are joined to what leads there, so that a passage is what a player reads in one go. Calls
(tunnels, subroutines) lead back to every place that called. Knows nothing of any format.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from corpus_scraper.graph import Choice, Passage

GLUE = "\ue000"
"""Stands in a block's text where the author let a line go on without a break."""

MAX_JOINTS = 4
"""How many pieces of one sentence are brought together."""

MAX_STEPS = 500_000
"""How many steps the returns of calls may take to find; real stories need some thousands."""

_GLUED = re.compile(rf"\n*{GLUE}\n*")
_FINISHED = re.compile(r"[.!?…:;—–-][\"'”’)\]*_]*$")


@dataclass(slots=True, eq=False)
class Exit:
    """A way out of a block."""

    target: str
    text: str = ""
    """What the player picks; empty where the story goes on by itself."""
    condition: str = ""
    turns_page: bool = False
    """Whether the author broke the page here, so that both sides stay passages of their own."""

    @property
    def is_plain(self) -> bool:
        """Whether nothing is picked, asked or turned on this way."""
        return not (self.text or self.condition or self.turns_page)


@dataclass(slots=True, eq=False)
class BasicBlock:
    """Text up to the next place where the story may go somewhere."""

    id: str
    exits: list[Exit] = field(default_factory=list)
    ending: bool = False
    """Whether the author ended the story here."""
    returns: bool = False
    """Whether it ends a tunnel or subroutine."""
    threads: list[Exit] = field(default_factory=list)
    """Blocks whose text and choices are offered here too."""
    _said: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """As the author wrote it: `\\n` ends a paragraph, GLUE holds two together."""
        if len(self._said) > 1:
            self._said = ["".join(self._said)]
        return self._said[0] if self._said else ""

    @text.setter
    def text(self, text: str) -> None:
        self._said = [text]

    @property
    def last_said(self) -> str:
        """The end of the text; the text may be long, and asked for its end at every word."""
        return next((piece for piece in reversed(self._said) if piece), "")

    def say(self, text: str) -> None:
        """Add `text`."""
        self._said.append(text)

    def leave(self, target: str, text: str = "", condition: str = "") -> Exit:
        """Add a way to `target` and return it."""
        exit_ = Exit(target, text, condition)
        self.exits.append(exit_)
        return exit_

    @property
    def is_blank(self) -> bool:
        """Whether it says nothing."""
        return not self.text.replace(GLUE, "").strip()


@dataclass(slots=True)
class ControlFlow:
    """The blocks of one story, while it is being read."""

    blocks: dict[str, BasicBlock] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)
    """Sentences of what could not be kept, and how often."""
    calls: list[tuple[Exit, str, str]] = field(default_factory=list)
    """A way into a tunnel or subroutine, the block it returns to, and how the caller is named."""
    _numbers: Counter[str] = field(default_factory=Counter)

    def open(self, name: str) -> BasicBlock:
        """Return a new block; its id is `name`, with a number where that is taken."""
        id_ = name
        while id_ in self.blocks:
            self._numbers[name] += 1
            id_ = f"{name}~{self._numbers[name] + 1}"
        block = self.blocks[id_] = BasicBlock(id_)
        return block

    def fresh(self, scope: str) -> BasicBlock:
        """Return a new block without a name of its own, numbered within `scope`."""
        while True:
            self._numbers[scope + ":"] += 1
            id_ = f"{scope}:{self._numbers[scope + ':']}"
            if id_ not in self.blocks:
                return self.open(id_)

    def end(self, name: str) -> str:
        """Return the id of the wordless ending `name`, made when it is first asked for."""
        id_ = f"[{name}]"
        if id_ not in self.blocks:
            self.blocks[id_] = BasicBlock(id_, ending=True)
        return id_

    def sentences(self) -> tuple[str, ...]:
        """Return what could not be kept, one sentence a kind, with how often where it was more."""
        return counted_notes(self.notes)

    def passages(self, start: str) -> tuple[str, tuple[Passage, ...], tuple[Choice, ...]]:
        """Return the start, the passages and the choices; the flow is used up."""
        self._resolve_calls()
        self._resolve_threads()
        self._prune()
        start = self._skip_blank(start)
        self._absorb_ends(start)
        self._join(start)
        entered = {way.target for block in self.blocks.values() for way in block.exits}
        self._finish_sentences()
        self._drop_said(entered - {start})
        found = tuple(
            Passage(block.id, render_text(block.text), block.ending)
            for block in self.blocks.values()
        )
        return start, found, tuple(self._choices())

    def _choices(self) -> Iterable[Choice]:
        for block in self.blocks.values():
            for way in block.exits:
                yield Choice(block.id, way.target, render_text(way.text), way.condition)

    def _resolve_calls(self) -> None:
        """Let the ends of every tunnel and subroutine lead back to its callers."""
        beyond = {way: back for way, back, _ in self.calls}
        callers: dict[str, list[tuple[str, str]]] = {}
        for way, back, name in self.calls:
            callers.setdefault(way.target, []).append((back, name))
        steps = 0
        for target, backs in callers.items():
            reached, waiting = set[str](), [target]
            while waiting and steps < MAX_STEPS:
                id_ = waiting.pop()
                if id_ in reached or id_ not in self.blocks:
                    continue
                reached.add(id_)
                block = self.blocks[id_]
                waiting.extend(beyond.get(way, way.target) for way in block.exits)
                steps += 1 + len(block.exits)
                if block.returns:
                    steps += len(backs)
                    are_many = len(backs) > 1
                    for back, name in backs:
                        block.leave(back, condition=f"called from {name}" if are_many else "")
            if steps >= MAX_STEPS:
                self.notes["There are more calls than can be followed; some do not return."] += 1
                return

    def _resolve_threads(self) -> None:
        """Offer in a block what the threads it gathers offer."""
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
                block.say(f"\n{other.text}\n" if other.text else "")
                block.exits += [Exit(e.target, e.text, e.condition) for e in other.exits]
                waiting += other.threads

    def _prune(self) -> None:
        """Take out wordless ways into blocks where nothing is said and nothing follows."""
        empty = {
            block.id
            for block in self.blocks.values()
            if block.is_blank and not block.exits and not block.ending
        }
        for block in self.blocks.values():
            block.exits = [
                way for way in block.exits if way.text or way.turns_page or way.target not in empty
            ]

    def _skip_blank(self, start: str) -> str:
        """Take out blocks that say nothing and only lead on; return where the story starts now."""
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
            for way in block.exits:
                way.target = _last(onward, way.target)
        start = _last(onward, start)
        targets = {way.target for block in self.blocks.values() for way in block.exits}
        for id_ in onward:
            if id_ not in targets and id_ != start:
                del self.blocks[id_]
        self._drop_unnamed(start)
        return start

    def _drop_unnamed(self, start: str) -> None:
        """Take out blocks without text that nothing leads to: what a jump left behind."""
        entered = Counter(way.target for block in self.blocks.values() for way in block.exits)
        waiting = [id_ for id_ in self.blocks if not entered[id_] and id_ != start]
        while waiting:
            block = self.blocks.get(waiting.pop())
            if block is None or not block.is_blank:
                continue
            del self.blocks[block.id]
            for way in block.exits:
                entered[way.target] -= 1
                if not entered[way.target] and way.target != start:
                    waiting.append(way.target)

    def _absorb_ends(self, start: str) -> None:
        """Let a block that leads nowhere but to a wordless ending be the ending itself."""
        ends = {b.id for b in self.blocks.values() if b.ending and b.is_blank and not b.exits}
        for block in self.blocks.values():
            ways = block.exits
            if (
                not block.is_blank
                and len(ways) == 1
                and ways[0].is_plain
                and ways[0].target in ends
            ):
                block.exits, block.ending = [], True
        still = {way.target for block in self.blocks.values() for way in block.exits}
        for id_ in ends - still - {start}:
            del self.blocks[id_]

    def _join(self, start: str) -> None:
        """Join a block to the one before it where nothing else leads there."""
        entered = Counter(way.target for block in self.blocks.values() for way in block.exits)
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

    def _drop_said(self, entered: set[str]) -> None:
        """Take out what was entered before and is not any more: it is said elsewhere now."""
        still = {way.target for block in self.blocks.values() for way in block.exits}
        for id_ in entered - still:
            self.blocks.pop(id_, None)

    def _finish_sentences(self) -> None:
        """Where a block breaks off within a sentence, let it say the paragraph that follows.

        What follows is then entered after that paragraph, so nothing is read twice.
        """
        for block in list(self.blocks.values()):
            for _ in range(MAX_JOINTS):
                if not self._finish_sentence(block):
                    break

    def _finish_sentence(self, block: BasicBlock) -> bool:
        """Let `block` say the next paragraph if it breaks off; return whether it did."""
        if len(block.exits) != 1 or not block.exits[0].is_plain or block.is_blank:
            return False
        follower = self.blocks.get(block.exits[0].target)
        if follower is None or follower is block or follower.is_blank:
            return False
        if ends_sentence(block.text) and not follower.text.lstrip().startswith(GLUE):
            return False
        first, rest = _first_paragraph(follower.text)
        block.say(GLUE + first)
        if not rest.strip() and len(follower.exits) < 2:
            block.exits = [Exit(e.target, e.text, e.condition) for e in follower.exits]
            block.ending = follower.ending
            return True
        tail = self.open(f"{follower.id} (on)")
        tail.text, tail.exits, tail.ending = rest, follower.exits, follower.ending
        glue = GLUE if follower.text.lstrip().startswith(GLUE) else ""
        follower.text, follower.exits, follower.ending = glue + first, [Exit(tail.id)], False
        block.exits = [Exit(tail.id)]
        return True


def counted_notes(notes: Counter[str]) -> tuple[str, ...]:
    """Return what could not be kept, one sentence a kind, with how often where it was more."""
    return tuple(note if count == 1 else f"{note} ({count} times)" for note, count in notes.items())


def _last(onward: dict[str, str], id_: str) -> str:
    """Return where the chain of `onward` from `id_` ends; `id_` itself where it is a circle."""
    seen = [id_]
    known = {id_}
    while (target := onward.get(seen[-1])) is not None:
        if target in known:
            return id_
        seen.append(target)
        known.add(target)
    for each in seen[:-1]:
        onward[each] = seen[-1]  # the next one to ask has a short way
    return seen[-1]


def _first_paragraph(text: str) -> tuple[str, str]:
    """Return the first paragraph of a block's text and the rest, glue counting as no break."""
    text = _GLUED.sub("", text.lstrip("\n"))
    first, _, rest = text.partition("\n")
    return first + "\n", rest


def ends_sentence(text: str) -> bool:
    """Return whether a block's text ends where a paragraph may end."""
    if text.rstrip().endswith(GLUE):
        return False
    last = text.rstrip().rpartition("\n")[2].strip()
    if not last or text.rstrip(" \t").endswith("\n"):
        return True
    return bool(_FINISHED.search(last)) and last.count('"') % 2 == 0


def render_text(text: str) -> str:
    """Return a block's text as prose: glue applied, every line a paragraph."""
    text = _GLUED.sub("", text).lstrip(" \t\n,;")
    return "\n\n".join(filter(None, (line.strip() for line in text.split("\n"))))
