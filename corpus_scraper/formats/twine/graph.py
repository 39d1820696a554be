"""Turn the passages of a Twine story, in any story format, into one control flow.

Included passages become part of the text. A paragraph with a condition becomes a passage behind a
choice with that condition, and so does what a link reveals. Headers, footers, menus and scripts are
left out.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from corpus_scraper.formats.basic_block import BasicBlock
from corpus_scraper.formats.control_flow import ControlFlow
from corpus_scraper.formats.facts import Facts
from corpus_scraper.formats.graph_builder import ParsedStory
from corpus_scraper.formats.markup import strip_tags
from corpus_scraper.formats.placeholders import NEUTRAL
from corpus_scraper.formats.story_file import StoryFile
from corpus_scraper.formats.twine import chapbook, harlowe, passages, snowman, sugarcube
from corpus_scraper.formats.twine.passages import TwineStory, check_marks

MAX_INCLUDES = 20
"""Depth of passages that include one another."""

MAX_COPIES = 100_000
"""Parts and links that are copied because passages include one another."""

MAX_PASSAGE_NODES = 10_000
"""Parts of one passage: texts, links and conditions."""

MAX_REVEALS = 12
"""Links of a passage that reveal something; the content of further ones is shown at once."""

MAX_REVEALS_DEEP = 20
"""Depth of links within what links reveal."""

MAX_BACK = 20
"""Passages that one link back leads to."""

_NOWHERE = ""
"""Id of a block whose text is dropped."""

_LINK_START = "\ue001"
_LINK_END = "\ue002"
"""Around the text of a link, until it is known whether it is part of a sentence."""

_LESS_THAN = "\ue003"
"""A `<` that the author escaped: it is text, and starts no tag."""

_ESCAPED_LESS_THAN = re.compile(r"&(?:lt|#0{0,6}60|#x0{0,6}3c)\b;?", re.IGNORECASE)

_STORY_FORMATS: Mapping[str, passages.StoryFormat] = {
    "harlowe": harlowe.STORY_FORMAT,
    "chapbook": chapbook.STORY_FORMAT,
    "snowman": snowman.STORY_FORMAT,
}
"""Story formats by name; any other is parsed as SugarCube."""

_UNWRITTEN = "Double-click this passage to edit it."
"""Twine's default text of a new passage."""

_CONNECTIVES = re.compile(r"(?:\b(?:or|and)\b|[^\w]|_)+", re.IGNORECASE)
_LEADING_PUNCTUATION = re.compile(r"^[.,;:!?]\s+(?=\S)")
"""Punctuation that remains where a link was removed from the end of a sentence."""

_CALCULATION = re.compile(
    rf" ?\((?:[^()\n]{{0,80}}[ (])?{NEUTRAL} ?(?:[<>]=?|[=!]=) ?-?\d[^()\n]{{0,80}}\)"
)
"""A comparison that an author shows in brackets, `(12 >= 15)`, without its values."""

_LINKED = re.compile(f"{_LINK_START}[^{_LINK_START}{_LINK_END}]*{_LINK_END}")


def parse_story(file: StoryFile, story: TwineStory) -> ParsedStory:
    """Return the passages and choices of `story`.

    Raises Unreadable where it has no text, or its passages are nested too deep or grow too large.
    """
    by_name = {passage.name: passage for passage in reversed(story.passages) if passage.is_story}
    if not any(passage.text.strip() for passage in by_name.values()):
        raise file.unreadable("there is no passage with any text in it.")
    check_marks(file, by_name.values())
    story_format = _STORY_FORMATS.get(story.format, sugarcube.STORY_FORMAT)
    values: dict[str, str] = {}
    for passage in story.passages:
        for name, value in story_format.find_values(passage.text).items():
            values.setdefault(name, value)
    names = [passage.name for passage in story.passages if by_name.get(passage.name) is passage]
    start = story.start if story.start in by_name else names[0]
    parsed: dict[str, Sequence[passages.Node]] = {}
    for name in names:
        try:
            text = by_name[name].text
            parsed[name] = () if text.strip() == _UNWRITTEN else story_format.parse(text, values)
            if sum(1 for _ in passages.all_nodes(parsed[name])) > MAX_PASSAGE_NODES:
                raise file.unreadable(f"the passage {name[:80]!r} has more macros than any has.")
        except passages.TooDeep as error:
            raise file.unreadable(f"the passage {name[:80]!r} is nested too deep.") from error
    writer = _Writer(file, parsed, story_format)
    author = story.author or next(
        (each.text for each in story.passages if each.name == "StoryAuthor"), ""
    )
    writer.write(start)
    for name, number in Counter(each.name for each in story.passages if each.is_story).items():
        if number > 1:
            note = f"Of {number} passages called {name[:80]!r}, only the first was read."
            writer.flow.notes[note] += 1
    return writer.flow.parsed(
        start,
        story.title,
        author=author,
        part=story.part,
        strip_marks=story_format.strip_marks,
        clean_passage=writer.clean_passage,
        shows_tags=True,  # there are none left
    )


@dataclass(slots=True)
class _Offer:
    """A link offered at the end of a passage."""

    text: str
    target: str
    condition: str
    body: tuple[passages.Node, ...] = ()
    """What it reveals."""
    stack: tuple[str, ...] = ()
    """The passage that contains it, and those that include that one."""


@dataclass(slots=True)
class _Writer:
    """Writes the passages of one story into a control flow."""

    file: StoryFile
    parsed: Mapping[str, Sequence[passages.Node]]
    story_format: passages.StoryFormat
    flow: ControlFlow = field(default_factory=ControlFlow)
    _copies: int = 0
    _offers: list[_Offer] = field(default_factory=list)
    _back_links: list[tuple[BasicBlock, str, _Offer]] = field(default_factory=list)
    _texts: dict[str, list[str]] = field(default_factory=dict)
    """Pieces of text by block; there may be many."""
    _origins: dict[str, list[str]] = field(default_factory=dict)
    """The passages that lead to each passage."""
    _facts: Facts = field(default_factory=Facts)
    """What holds here, since text is shown that depends on it."""

    def write(self, start: str) -> None:
        """Write all passages that are not only included by others."""
        linked, included = passages.mentioned_passages(self.parsed.values())
        names = [n for n in self.parsed if n == start or n in linked or n not in included]
        blocks = {name: self.flow.open_block(name) for name in names}
        for name, block in blocks.items():
            self._offers, self._facts = [], Facts()
            end = self._write(self.parsed[name], block, "", (name,))
            self._offer(name, end, self._offers)
        self._texts.pop(_NOWHERE, None)
        for id_, pieces in self._texts.items():
            self.flow.blocks[id_].add_text("".join(pieces))
        for block, name, offer in self._back_links:
            origins = self._origins.get(name, [])[:MAX_BACK]
            for origin in origins:
                came = f"came from {origin}" if origins[1:] else ""
                block.add_exit(origin, offer.text, _and(offer.condition, came))

    # ── Nodes ────────────────────────────────────────────────────────────────────────────────────

    def _write(
        self,
        content: Iterable[passages.Node],
        here: BasicBlock | None,
        condition: str,
        stack: tuple[str, ...],
    ) -> BasicBlock | None:
        """Write nodes from `here` on; return the current block, or None after a jump."""
        for node in content:
            if here is None:
                break
            if stack[1:]:
                self._copy()
            match node:
                case passages.Text(text):
                    self._add_text(here, _without_tags(text))
                case passages.Note() | passages.Changes():
                    self._record(node, here)
                case passages.Include():
                    here = self._include(node, here, condition, stack)
                case passages.Goto(target):
                    self._add_link(here, stack[0], _Offer("", target, ""))
                    here = None
                case passages.Link():
                    here = self._link(node, here, condition, stack)
                case passages.If():
                    here = self._if(node, here, condition, stack)
        return here

    def _record(self, node: passages.Note | passages.Changes, here: BasicBlock) -> None:
        if isinstance(node, passages.Note):
            self.flow.notes[node.text] += 1
        else:
            here.changes |= node.names
            self._facts.forget(node.names)

    def _copy(self) -> None:
        self._copies += 1
        if self._copies > MAX_COPIES:
            raise self.file.unreadable("its passages include one another without end.")

    def _add_text(self, here: BasicBlock, text: str) -> None:
        self._texts.setdefault(here.id, []).append(text)

    def _is_at_line_start(self, here: BasicBlock) -> bool:
        for piece in reversed(self._texts.get(here.id, ())):
            if piece.rpartition("\n")[2].strip():
                return False
            if "\n" in piece:
                break
        return True

    def _include(
        self, node: passages.Include, here: BasicBlock, condition: str, stack: tuple[str, ...]
    ) -> BasicBlock | None:
        if node.name not in self.parsed:
            self.flow.notes["An included passage does not exist."] += 1
            return here
        if node.name in stack or len(stack) > MAX_INCLUDES:  # a passage that redraws itself
            return here
        return self._write(self.parsed[node.name], here, condition, (*stack, node.name))

    def _link(
        self, node: passages.Link, here: BasicBlock, condition: str, stack: tuple[str, ...]
    ) -> BasicBlock | None:
        text = _without_tags(node.text)
        if node.is_shown and text:
            is_way = node.target != passages.OUTSIDE
            self._add_text(here, f"{_LINK_START}{text}{_LINK_END}" if is_way else text)
        goto = passages.only_goto(node.body)
        if node.target == passages.OUTSIDE:
            self.flow.notes["A link leads out of the story."] += 1
        elif node.target or goto:
            self._offers.append(_Offer(_as_shown(text), node.target or goto, condition))
        elif not any(map(passages.has_output, node.body)):
            self.flow.notes["A link that only sets variables was left out."] += 1
        elif sum(bool(offer.body) for offer in self._offers) >= MAX_REVEALS:
            return self._write(node.body, here, condition, stack)
        else:
            self._offers.append(_Offer(_as_shown(text), "", condition, node.body, stack))
        return here

    def _if(
        self, node: passages.If, here: BasicBlock, outer: str, stack: tuple[str, ...]
    ) -> BasicBlock | None:
        """Write branches: paragraphs as blocks, text within a line inline."""
        branches = list(_full_conditions(node))
        if not any(passages.can_jump(inner) for _, inner in branches) and not (
            self._is_at_line_start(here)
            and any(passages.is_paragraph(inner) for _, inner in branches)
        ):
            return self._inline(branches, here, outer, stack)
        ends: list[BasicBlock] = []
        before, after_branches = self._facts, []
        for condition, inner in branches:
            block = self.flow.new_block(stack[0])
            here.add_exit(block.id, condition=condition)
            self._facts = before.copy()
            self._facts.add(condition)
            end = self._write(inner, block, _and(outer, condition), stack)
            after_branches.append(self._facts)
            if end is not None:
                self._add_text(end, "\n")  # what comes after a paragraph is another one
                ends.append(end)
        self._facts = before
        self._facts.keep_common(after_branches)
        after = self.flow.join(ends, stack[0])
        is_exhaustive = node.branches[-1][0] == passages.OTHERWISE
        if not is_exhaustive:
            here.add_exit(
                after.id, condition=passages.none_of(condition for condition, _ in branches)
            )
        return after if ends or not is_exhaustive else None

    def _inline(
        self,
        branches: Sequence[tuple[str, Sequence[passages.Node]]],
        here: BasicBlock,
        outer: str,
        stack: tuple[str, ...],
    ) -> BasicBlock | None:
        """Write the first branch with text that may be shown; the links of all are offered."""
        possible = [each for each in branches if self._facts.judge(each[0]) is not False]
        certain = next((each for each in possible if self._facts.judge(each[0])), None)
        with_text = (each for each in possible if any(map(passages.has_text, each[1])))
        shown = certain or next(with_text, None)
        if shown is None:  # then there are links, or nothing
            shown = next((each for each in possible if each[1]), None)
        left = 0
        for branch in branches:
            condition, inner = branch
            if branch is shown:
                if any(map(passages.has_text, inner)):
                    self._facts.add(condition)
                here = self._write(inner, here, _and(outer, condition), stack) or here
            else:
                left += any(map(passages.has_text, inner))
                self._write(
                    passages.only_links(inner), BasicBlock(_NOWHERE), _and(outer, condition), stack
                )
        if left:
            self.flow.notes["Of texts that depend on a condition, the first was kept."] += left
        return here

    # ── Links ────────────────────────────────────────────────────────────────────────────────────

    def _offer(
        self, name: str, end: BasicBlock | None, offers: Sequence[_Offer], depth: int = 0
    ) -> None:
        """Add the exits of `end`; what a link reveals leads on to all other links."""
        if end is None:
            return
        links = [offer for offer in offers if not offer.body]
        revealed = [offer for offer in offers if offer.body and depth < MAX_REVEALS_DEEP]
        blocks = [self.flow.new_block(name) for _ in revealed]
        shown = dict(zip(map(id, revealed), blocks, strict=True))
        for offer in offers:
            if depth:
                self._copy()
            if not offer.body:
                self._add_link(end, name, offer)
            elif block := shown.get(id(offer)):
                end.add_exit(block.id, offer.text, offer.condition)
        for block, offer in zip(blocks, revealed, strict=True):
            self._offers, self._facts = [], Facts()
            after = self._write(offer.body, block, "", offer.stack)
            self._offer(name, after, [*self._offers, *links], depth + 1)
            if after is None:
                continue
            for other, each in zip(blocks, revealed, strict=True):
                if each is not offer:
                    after.add_exit(other.id, each.text, each.condition)

    def _add_link(self, block: BasicBlock, name: str, offer: _Offer) -> None:
        if offer.target == passages.BACK:
            self._back_links.append((block, name, offer))
        elif offer.target == passages.OUTSIDE:
            self.flow.notes["A link leads out of the story."] += 1
        elif not offer.target or offer.target.startswith(("$", "_", "(")):
            self.flow.notes["A link has a target that is computed."] += 1
        else:
            block.add_exit(offer.target, offer.text, offer.condition)
            origins = self._origins.setdefault(offer.target, [])
            if name not in origins:
                origins.append(name)

    # ── Prose ────────────────────────────────────────────────────────────────────────────────────

    def clean_passage(self, text: str) -> str:
        """Return the text of a passage without markup and without lines that only hold links."""
        # a tag with a macro in it came in pieces
        lines = (self._line(line) for line in strip_tags(text).split("\n"))
        shown = "\n".join(line for line in lines if line is not None)
        return _as_shown(_LEADING_PUNCTUATION.sub("", shown))

    def _line(self, line: str) -> str | None:
        if _LINK_START in line and not _CONNECTIVES.sub("", _LINKED.sub("", line)):
            return None
        line = _CALCULATION.sub("", line) if NEUTRAL in line else line
        shown = self.story_format.strip_marks(line.replace(_LINK_START, "").replace(_LINK_END, ""))
        return None if shown.strip(" .") == NEUTRAL else shown


def _without_tags(text: str) -> str:
    """Return `text` without tags, in which a `<` that the author escaped is kept apart."""
    return strip_tags(_ESCAPED_LESS_THAN.sub(_LESS_THAN, text))


def _as_shown(text: str) -> str:
    return text.replace(_LESS_THAN, "<")


def _and(one: str, other: str) -> str:
    return " and ".join(filter(None, (one, other)))


def _full_conditions(node: passages.If) -> Iterator[tuple[str, tuple[passages.Node, ...]]]:
    """Yield branches with `otherwise` replaced by the negation of the conditions before it."""
    before: list[str] = []
    for condition, inner in node.branches:
        if condition == passages.OTHERWISE:
            yield passages.none_of(before), inner
        else:
            yield condition, inner
        before.append(condition)
