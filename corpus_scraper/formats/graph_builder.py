"""Declare a story format, and build a StoryGraph from what its parser finds.

Text is split at the markers of trainers and cleaned once, ids are checked, and passages that
nothing follows become endings.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from corpus_scraper.formats.marked_passages import split_passages
from corpus_scraper.formats.markup import strip_tags
from corpus_scraper.formats.story_file import StoryFile, size_limit
from corpus_scraper.graph import Choice, Passage, StoryGraph
from dungeon.text import clean, clean_line
from dungeon.transcript import normalise

MAX_PASSAGES = 100_000
"""Passages of one story."""

MAX_CHARACTERS = 32 * 1024 * 1024
"""Characters of one story; passages that include one another may multiply their text."""

_SPACES = re.compile(r"[ \t\u00a0]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_STARS = re.compile(r"^[ \t]*\*{2,}[ \t]*[^\s*][^*\n]{0,200}?\*{2,}[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Format:
    """A file format for stories."""

    name: str
    """Stored as `Source.parser`, and shown in messages: `twine`."""
    recognises: Callable[[Path, bytes], bool]
    """Whether the file at a path, which starts with these bytes, is in this format. For a folder
    the bytes are empty."""
    parse: Callable[[Path, Path], Iterable[StoryGraph]]
    """Return the stories at a path, with places relative to a root. Raises Unreadable."""
    version: int = 1
    """Incremented when the same file gives a different graph."""

    def read(self, path: Path, root: Path) -> Iterator[StoryGraph]:
        """Yield the stories at `path`, marked with this format. Raises Unreadable."""
        for graph in self.parse(path, root):
            yield self.mark(graph)

    def mark(self, graph: StoryGraph) -> StoryGraph:
        """Return `graph` with this format as its parser."""
        source = replace(graph.source, parser=self.name, parser_version=self.version)
        return replace(graph, source=source)


@dataclass(frozen=True, slots=True)
class ParsedStory:
    """A story as a parser found it: text with markup, ids as the author wrote them."""

    title: str
    start: str
    passages: tuple[Passage, ...]
    choices: tuple[Choice, ...]
    author: str = ""
    notes: tuple[str, ...] = ()
    part: str = ""
    """Name of the story within its file, where a file holds several."""
    shows_tags: bool = False
    """Whether a player sees `<…>` and `&…;` as they are written, as in ChoiceScript."""


def build_graph(file: StoryFile, parsed: ParsedStory) -> StoryGraph:
    """Return the graph of `parsed`, its text clean and in paragraphs.

    Raises Unreadable where it has no passage, too many passages, or no text.
    """
    if not parsed.passages:
        raise file.unreadable("there is no passage in it.")
    texts = (*(each.text for each in parsed.passages), *(each.text for each in parsed.choices))
    if not any(map(str.strip, texts)):
        raise file.unreadable("there is no text in it.")
    characters = sum(len(passage.text) for passage in parsed.passages)
    check_size(file, len(parsed.passages), characters)
    split = split_passages(parsed.passages, parsed.choices)
    known = {passage.id for passage in split.passages}
    plain = str if parsed.shows_tags else strip_tags
    choices = tuple(dict.fromkeys(_clean_choice(each, plain) for each in split.choices))
    followed = {choice.origin for choice in choices}
    missing = sum(choice.target not in known for choice in choices)
    note = f"{missing} choices lead to passages that do not exist." if missing else ""
    note = "One choice leads to a passage that does not exist." if missing == 1 else note
    return StoryGraph(
        id=f"{file.place}#{parsed.part}" if parsed.part else file.place,
        title=clean_line(parsed.title) or title_from_name(file.place),
        source=file.source(),
        start=parsed.start,
        passages=tuple(
            replace(each, text=clean_prose(plain(each.text)), ending=each.id not in followed)
            for each in split.passages
        ),
        choices=choices,
        author=clean_line(parsed.author),
        notes=tuple(clean_line(each) for each in (*parsed.notes, *split.notes, note) if each),
        further_starts=split.starts,
    )


def check_size(file: StoryFile, passages: int, characters: int) -> None:
    """Raise Unreadable where a story is larger than one may be."""
    limit = max(MAX_CHARACTERS, size_limit())
    for number, most, noun in (
        (passages, MAX_PASSAGES, "passages"),
        (characters, limit, "characters"),
    ):
        if number > most:
            raise file.unreadable(
                f"it has {number:,} {noun}, and a story has at most {most:,}. Divide the file into "
                "several, and import those."
            )


def _clean_choice(choice: Choice, plain: Callable[[str], str]) -> Choice:
    text = _SPACES.sub(" ", clean_line(plain(choice.text)))
    return replace(choice, text=text, condition=clean_line(choice.condition))


def clean_prose(text: str) -> str:
    """Return `text` as a passage holds it: clean, one blank line between paragraphs.

    Single line breaks within a paragraph stay.
    """
    return "\n".join(_SPACES.sub(" ", line).strip() for line in normalise(clean(text)).split("\n"))


def announces_ending(text: str) -> bool:
    """Return whether a line of `text` ends a game as is customary: `*** You have won ***`."""
    return bool(_STARS.search(text))


def keep_announced_endings(graph: StoryGraph) -> StoryGraph:
    """Return `graph` where only passages whose text announces the ending are endings.

    In a transcript, the last passage is usually where somebody stopped playing.
    """
    passages = tuple(
        replace(passage, ending=passage.ending and announces_ending(passage.text))
        for passage in graph.passages
    )
    return replace(graph, passages=passages)


def title_from_name(place: str) -> str:
    """Return a title made from a file name: `TheIntercept.ink` becomes `The Intercept`."""
    stem = PurePosixPath(place).stem
    words = re.sub(r"[_\-.]+", " ", _CAMEL.sub(" ", stem)).split()
    return clean_line(" ".join(words).capitalize() if stem.islower() else " ".join(words))


def unique_names(names: Iterable[str]) -> list[str]:
    """Return `names` made unique: a repeated name gets ` (2)`, ` (3)` and so on."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        candidate = name
        while candidate in seen:
            seen[name] += 1
            candidate = f"{name} ({seen[name]})"
        seen.setdefault(candidate, 1)
        result.append(candidate)
    return result


# ── Empty passages ────────────────────────────────────────────────────────────────────────────────

MAX_NEW_CHOICES = 24
"""Choices that may replace one passage; a passage that would need more stays."""


def collapse_empty_passages(
    start: str, passages: Sequence[Passage], choices: Sequence[Choice]
) -> tuple[tuple[Passage, ...], tuple[Choice, ...]]:
    """Return passages and choices without the empty passages that a reader would not notice.

    The start, endings, and passages with a choice text both before and after them stay.
    """
    into: dict[str, list[Choice]] = {}
    out: dict[str, list[Choice]] = {passage.id: [] for passage in passages}
    for choice in choices:
        into.setdefault(choice.target, []).append(choice)
        out[choice.origin].append(choice)
    removed: set[str] = set()
    for passage in passages:
        if passage.text.strip() or passage.ending or passage.id == start:
            continue
        before, after = into.get(passage.id, []), out[passage.id]
        if not after or not _is_removable(passage.id, before, after):
            continue
        joined = [(choice, _join(choice, following)) for choice in before for following in after]
        for choice in before:
            siblings = out[choice.origin]
            place = siblings.index(choice)
            siblings[place : place + 1] = [new for old, new in joined if old is choice]
        for following in after:
            into[following.target].remove(following)
        for _, new in joined:
            into[new.target].append(new)
        removed.add(passage.id)
    return (
        tuple(passage for passage in passages if passage.id not in removed),
        tuple(
            each for passage in passages if passage.id not in removed for each in out[passage.id]
        ),
    )


def _is_removable(id_: str, before: Sequence[Choice], after: Sequence[Choice]) -> bool:
    if len(before) * len(after) > MAX_NEW_CHOICES:
        return False
    if any(choice.target == id_ for choice in after):
        return False
    return not any(choice.text for choice in before) or not any(choice.text for choice in after)


def _join(choice: Choice, following: Choice) -> Choice:
    condition = " and ".join(filter(None, (choice.condition, following.condition)))
    said = choice if choice.text else following
    return Choice(choice.origin, following.target, said.text, condition, said.kind)
