"""Provides a Twine story's graph: its passages, whichever dialect they are in, as one flow.

What a passage includes is said in it; a paragraph that is shown on a condition becomes a passage of
its own on a way with that condition; what a link lets appear is told where it leads. Headers,
footers, menus and scripts are left out. Knows nothing of files or of any one dialect.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from corpus_scraper.formats.control_flow import BasicBlock, ControlFlow
from corpus_scraper.formats.graph_builder import ParsedStory
from corpus_scraper.formats.markup import strip_tags
from corpus_scraper.formats.placeholders import NEUTRAL
from corpus_scraper.formats.story_file import StoryFile
from corpus_scraper.formats.twine import chapbook, harlowe, nodes, snowman, sugarcube
from corpus_scraper.formats.twine.passages import TwineStory, check_marks

MAX_INCLUDES = 20
"""How deep passages may include one another."""

MAX_COPIES = 100_000
"""Pieces and ways that stand in more than one place, because passages include one another."""

MAX_PASSAGE_NODES = 10_000
"""Pieces of one passage: texts, links and conditions."""

MAX_REVEALS = 12
"""Links of a passage that let something appear; what more of them say is said at once."""

MAX_REVEALS_DEEP = 20
"""Links within what links let appear."""

MAX_BACK = 20
"""Passages that one link back may lead to."""

MAX_CONDITION = 160
"""Characters to which a condition is spelled out for those that come after it."""

_NOWHERE = ""
"""The id of a block for what is not said, only offered."""

_HEARD = "\ue001"
_PICKED = "\ue002"
"""Around the words of a link, until it is known whether they stand within a sentence."""

_DIALECTS: Mapping[str, nodes.Dialect] = {
    "harlowe": harlowe.DIALECT,
    "chapbook": chapbook.DIALECT,
    "snowman": snowman.DIALECT,
}
"""Story formats by name; every other one is read as SugarCube and its forebears are."""

_UNWRITTEN = "Double-click this passage to edit it."
"""What Twine puts into a passage that nobody wrote yet."""

_TIES = re.compile(r"(?:\b(?:or|and)\b|[^\w]|_)+", re.IGNORECASE)
_LEFT_OVER = re.compile(r"^[.,;:!?]\s+(?=\S)")
"""What stands before the first word where a link was the end of a sentence."""

_LINKED = re.compile(f"{_HEARD}[^{_HEARD}{_PICKED}]*{_PICKED}")


def parse_story(file: StoryFile, story: TwineStory) -> ParsedStory:
    """Return the passages and choices of `story`.

    Raises Unreadable where nothing is told, or its passages are nested too deep or grow too large.
    """
    told = {passage.name: passage for passage in reversed(story.passages) if passage.is_told}
    if not any(passage.text.strip() for passage in told.values()):
        raise file.unreadable("there is no passage with any text in it.")
    check_marks(file, told.values())
    dialect = _DIALECTS.get(story.format, sugarcube.DIALECT)
    values: dict[str, str] = {}
    for passage in story.passages:
        for name, value in dialect.find_values(passage.text).items():
            values.setdefault(name, value)
    names = [passage.name for passage in story.passages if told.get(passage.name) is passage]
    start = story.start if story.start in told else names[0]
    parsed: dict[str, Sequence[nodes.Node]] = {}
    for name in names:
        try:
            text = told[name].text
            parsed[name] = () if text.strip() == _UNWRITTEN else dialect.parse(text, values)
            if sum(1 for _ in nodes.all_nodes(parsed[name])) > MAX_PASSAGE_NODES:
                raise file.unreadable(f"the passage {name[:80]!r} has more macros than any has.")
        except nodes.TooDeep as error:
            raise file.unreadable(f"the passage {name[:80]!r} is nested too deep.") from error
    writer = _Writer(file, parsed, dialect)
    author = story.author or next(
        (each.text for each in story.passages if each.name == "StoryAuthor"), ""
    )
    writer.write(start)
    return writer.flow.parsed(
        start,
        story.title,
        author=author,
        part=story.part,
        strip_marks=dialect.strip_marks,
        clean_passage=writer.clean_passage,
    )


@dataclass(slots=True)
class _Offer:
    """A link that is offered at the end of a passage."""

    text: str
    target: str
    condition: str
    body: tuple[nodes.Node, ...] = ()
    """What it lets appear."""
    stack: tuple[str, ...] = ()
    """The passage it stands in, and those that include it."""


@dataclass(slots=True)
class _Writer:
    """A story, while its flow is made."""

    file: StoryFile
    parsed: Mapping[str, Sequence[nodes.Node]]
    dialect: nodes.Dialect
    flow: ControlFlow = field(default_factory=ControlFlow)
    _copies: int = 0
    _offers: list[_Offer] = field(default_factory=list)
    _backs: list[tuple[BasicBlock, str, _Offer]] = field(default_factory=list)
    _said: dict[str, list[str]] = field(default_factory=dict)
    """What each block says, in pieces: there may be many."""
    _origins: dict[str, list[str]] = field(default_factory=dict)
    """The passages that lead to each passage."""

    def write(self, start: str) -> None:
        """Write all passages that are not only included by others."""
        linked, included = nodes.mentioned_passages(self.parsed.values())
        names = [n for n in self.parsed if n == start or n in linked or n not in included]
        blocks = {name: self.flow.open_block(name) for name in names}
        for name, block in blocks.items():
            self._offers = []
            end = self._write(self.parsed[name], block, "", (name,))
            self._offer(name, end, self._offers)
        self._said.pop(_NOWHERE, None)
        for id_, pieces in self._said.items():
            self.flow.blocks[id_].add_text("".join(pieces))
        for block, name, offer in self._backs:
            origins = self._origins.get(name, [])[:MAX_BACK]
            for origin in origins:
                came = f"came from {origin}" if origins[1:] else ""
                block.add_exit(origin, offer.text, _both(offer.condition, came))

    # ── Nodes ────────────────────────────────────────────────────────────────────────────────────

    def _write(
        self,
        content: Iterable[nodes.Node],
        here: BasicBlock | None,
        asked: str,
        stack: tuple[str, ...],
    ) -> BasicBlock | None:
        """Write nodes from `here` on, and return where the story stands then; None if elsewhere."""
        for node in content:
            if here is None:
                break
            if stack[1:]:
                self._copy()
            match node:
                case nodes.Text(text):
                    self._say(here, strip_tags(text))
                case nodes.Include():
                    here = self._include(node, here, asked, stack)
                case nodes.Goto(target):
                    self._leave(here, stack[0], _Offer("", target, ""))
                    here = None
                case nodes.Link():
                    here = self._link(node, here, asked, stack)
                case nodes.If():
                    here = self._if(node, here, asked, stack)
        return here

    def _copy(self) -> None:
        self._copies += 1
        if self._copies > MAX_COPIES:
            raise self.file.unreadable("its passages include one another without end.")

    def _say(self, here: BasicBlock, text: str) -> None:
        self._said.setdefault(here.id, []).append(text)

    def _is_at_line_start(self, here: BasicBlock) -> bool:
        for piece in reversed(self._said.get(here.id, ())):
            if piece.rpartition("\n")[2].strip():
                return False
            if "\n" in piece:
                break
        return True

    def _include(
        self, node: nodes.Include, here: BasicBlock, asked: str, stack: tuple[str, ...]
    ) -> BasicBlock | None:
        if node.name not in self.parsed:
            self.flow.notes["A passage that is included is not there to be told."] += 1
            return here
        if node.name in stack or len(stack) > MAX_INCLUDES:  # it shows itself anew
            return here
        return self._write(self.parsed[node.name], here, asked, (*stack, node.name))

    def _link(
        self, node: nodes.Link, here: BasicBlock, asked: str, stack: tuple[str, ...]
    ) -> BasicBlock | None:
        text = strip_tags(node.text)
        if node.is_said and text:
            self._say(here, f"{_HEARD}{text}{_PICKED}")
        goto = nodes.only_goto(node.body)
        if node.target or goto:
            self._offers.append(_Offer(text, node.target or goto, asked))
        elif not any(map(nodes.has_output, node.body)):
            self.flow.notes["A link that only changes what play remembers was left out."] += 1
        elif sum(bool(offer.body) for offer in self._offers) >= MAX_REVEALS:
            return self._write(node.body, here, asked, stack)
        else:
            self._offers.append(_Offer(text, "", asked, node.body, stack))
        return here

    def _if(
        self, node: nodes.If, here: BasicBlock, asked: str, stack: tuple[str, ...]
    ) -> BasicBlock | None:
        """Write branches: paragraphs as blocks of their own, words within a line as they come."""
        branches = list(_spelled_out(node))
        if not any(nodes.can_jump(inner) for _, inner in branches) and not (
            self._is_at_line_start(here) and any(nodes.is_paragraph(inner) for _, inner in branches)
        ):
            return self._wording(branches, here, asked, stack)
        ends: list[BasicBlock] = []
        for condition, inner in branches:
            block = self.flow.new_block(stack[0])
            here.add_exit(block.id, condition=condition)
            end = self._write(inner, block, _both(asked, condition), stack)
            if end is not None:
                self._say(end, "\n")  # what comes after a paragraph is another one
                ends.append(end)
        after = self.flow.join(ends, stack[0])
        is_whole = node.branches[-1][0] == nodes.OTHERWISE
        if not is_whole:
            here.add_exit(after.id, condition=_none_of(asked for asked, _ in branches))
        return after if ends or not is_whole else None

    def _wording(
        self,
        branches: Sequence[tuple[str, Sequence[nodes.Node]]],
        here: BasicBlock,
        asked: str,
        stack: tuple[str, ...],
    ) -> BasicBlock | None:
        """Say the first branch that has words; the links of all of them are offered."""
        inners = [inner for _, inner in branches]
        spoken = next((inner for inner in inners if any(map(nodes.has_text, inner))), None)
        if spoken is None:  # then there are links, or nothing
            spoken = next(filter(None, inners), None)
        left = 0
        for condition, inner in branches:
            if inner is spoken:
                here = self._write(inner, here, _both(asked, condition), stack) or here
            else:
                left += any(map(nodes.has_text, inner))
                self._write(
                    nodes.only_links(inner), BasicBlock(_NOWHERE), _both(asked, condition), stack
                )
        if left:
            self.flow.notes["Of wordings that depend on play the first was kept."] += left
        return here

    # ── Ways ─────────────────────────────────────────────────────────────────────────────────────

    def _offer(
        self, name: str, end: BasicBlock | None, offers: Sequence[_Offer], depth: int = 0
    ) -> None:
        """Let `end` lead to what links offer; what one lets appear leads on to all the others."""
        if end is None:
            return
        ways = [offer for offer in offers if not offer.body]
        revealed = [offer for offer in offers if offer.body and depth < MAX_REVEALS_DEEP]
        blocks = [self.flow.new_block(name) for _ in revealed]
        shown = dict(zip(map(id, revealed), blocks, strict=True))
        for offer in offers:
            if depth:
                self._copy()
            if not offer.body:
                self._leave(end, name, offer)
            elif block := shown.get(id(offer)):
                end.add_exit(block.id, offer.text, offer.condition)
        for block, offer in zip(blocks, revealed, strict=True):
            self._offers = []
            after = self._write(offer.body, block, "", offer.stack)
            self._offer(name, after, [*self._offers, *ways], depth + 1)
            if after is None:
                continue
            for other, each in zip(blocks, revealed, strict=True):
                if each is not offer:
                    after.add_exit(other.id, each.text, each.condition)

    def _leave(self, block: BasicBlock, name: str, offer: _Offer) -> None:
        if offer.target == nodes.BACK:
            self._backs.append((block, name, offer))
        elif not offer.target or offer.target.startswith(("$", "_", "(")):
            self.flow.notes["A link leads where only play can tell."] += 1
        else:
            block.add_exit(offer.target, offer.text, offer.condition)
            origins = self._origins.setdefault(offer.target, [])
            if name not in origins:
                origins.append(name)

    # ── Prose ────────────────────────────────────────────────────────────────────────────────────

    def clean_passage(self, text: str) -> str:
        """Return a passage's text without the lines that only offer links, and without marks."""
        lines = (self._line(line) for line in text.split("\n"))
        return _LEFT_OVER.sub("", "\n".join(line for line in lines if line is not None))

    def _line(self, line: str) -> str | None:
        if _HEARD in line and not _TIES.sub("", _LINKED.sub("", line)):
            return None
        said = self.dialect.strip_marks(line.replace(_HEARD, "").replace(_PICKED, ""))
        return None if said.strip(" .") == NEUTRAL else said


def _both(one: str, other: str) -> str:
    return " and ".join(filter(None, (one, other)))


def _none_of(conditions: Iterable[str]) -> str:
    """Return the condition that none of these holds, `otherwise` where that would be long."""
    told = " and ".join(f"not ({condition})" for condition in conditions)
    return told if len(told) <= MAX_CONDITION else nodes.OTHERWISE


def _spelled_out(node: nodes.If) -> Iterator[tuple[str, tuple[nodes.Node, ...]]]:
    """Yield branches with conditions that can be read without the branches before them."""
    before: list[str] = []
    for condition, inner in node.branches:
        if condition == nodes.OTHERWISE:
            yield _none_of(before), inner
        else:
            yield condition, inner
        before.append(condition)
