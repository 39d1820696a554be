"""Provides the stories of files and folders: each is recognised, read, and given its licence.

What is no story is passed over; what is one and cannot be read is refused with a sentence, and the
rest goes on. Links are not followed. Knows nothing of what is done with the stories.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from corpus_scraper import formats, licences
from corpus_scraper.formats.story_file import Unreadable, head_of, place_of
from corpus_scraper.formats.transcripts import zmachine
from corpus_scraper.graph import UNKNOWN_LICENCE, StoryGraph
from dungeon.errors import InputRefused
from dungeon.text import clean_line

MAX_FILES = 200_000
"""More files than any collection of stories has."""

MAX_FOLDERS_DEEP = 40
"""Folders within folders."""


@dataclass(slots=True)
class Tally:
    """What an import did so far."""

    stories: Counter[str] = field(default_factory=Counter)
    """How many stories came from each format."""
    passages: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    files: int = 0
    """How many files and folders were looked at."""
    passed_over: int = 0
    """How many of them are in no format of a story."""
    links: int = 0
    """How many links were not followed."""
    refused: list[str] = field(default_factory=list)
    """A sentence for everything that could not be read."""

    def add(self, graph: StoryGraph) -> None:
        """Count a story."""
        kind = graph.source.parser
        self.stories[kind] += 1
        self.passages[kind] += len(graph.passages)
        self.words[kind] += sum(len(passage.text.split()) for passage in graph.passages)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file or folder that may hold stories."""

    path: Path
    root: Path
    """The folder that its place is told relative to, and that nothing may lead out of."""
    is_named: bool = False
    """Whether somebody asked for this very file."""


def import_stories(
    paths: Iterable[Path],
    tally: Tally,
    *,
    commands: Sequence[str] = (),
    licence: str = UNKNOWN_LICENCE,
    on_file: Callable[[str], None] = lambda place: None,
) -> Iterator[StoryGraph]:
    """Yield the stories of `paths`, and keep account of them in `tally`.

    Z-machine games are played through `commands`. A story that no file tells the licence of gets
    `licence`. `on_file` is called with the place of each file before it is read.
    """
    taken: set[str] = set()
    for candidate in candidates(paths, tally):
        on_file(place_of(candidate.path, candidate.root))
        try:
            for graph in _read(candidate, tally, commands):
                named = replace(graph, id=_free(graph.id, taken))
                known = named.licence != UNKNOWN_LICENCE
                told = named if known else replace(named, licence=licence)
                tally.add(told)
                yield told
        except Unreadable as error:
            tally.refused.append(str(error))


def _free(name: str, taken: set[str]) -> str:
    """Return `name`, with a number where another folder had a story of that name."""
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free)
    return free


def _read(candidate: Candidate, tally: Tally, commands: Sequence[str]) -> Iterator[StoryGraph]:
    path, root = candidate.path, candidate.root
    if path.is_file() and zmachine.is_game(path, head_of(path, 64)):
        yield from _play(candidate, tally, commands)
        return
    if formats.recognise(path) is None and not candidate.is_named:
        tally.passed_over += 1
        return
    yield from formats.read(path, root=root)


def _play(candidate: Candidate, tally: Tally, commands: Sequence[str]) -> Iterator[StoryGraph]:
    path, root = candidate.path, candidate.root
    if commands:
        graph = zmachine.play(path, root, commands)
        yield replace(graph, licence=licences.find(path, within=root))
    elif candidate.is_named:
        raise Unreadable(
            place_of(path, root),
            "this is a Z-machine game, and becomes a story by being played. "
            "Name a file with one command a line: --commands walkthrough.txt",
        )
    else:
        tally.passed_over += 1


# ── What there is ────────────────────────────────────────────────────────────────────────────────


def candidates(paths: Iterable[Path], tally: Tally) -> Iterator[Candidate]:
    """Yield the files and folders at `paths` that may hold stories, each once, in a fixed order.

    Raises InputRefused where there are more files than any collection has.
    """
    seen: set[Path] = set()
    for named in paths:
        path = Path(os.path.realpath(named))
        if path.is_dir():
            found = _walk(path, path, tally, 0)
        elif path.is_file():
            found = iter([Candidate(path, path.parent, is_named=True)])
        else:
            tally.refused.append(f"{clean_line(str(named))}: there is no such file or folder.")
            continue
        for candidate in found:
            if candidate.path in seen:
                continue
            seen.add(candidate.path)
            tally.files += 1
            if tally.files > MAX_FILES:
                raise InputRefused(
                    f"There are more than {MAX_FILES:,} files. Name the folders with stories."
                )
            yield candidate


def _walk(folder: Path, root: Path, tally: Tally, depth: int) -> Iterator[Candidate]:
    """Yield the folder itself where it is a story, else what it holds."""
    if formats.recognise(folder) is not None:
        yield Candidate(folder, root)
        return
    if depth > MAX_FOLDERS_DEEP:
        place = place_of(folder, root)
        tally.refused.append(f"{clean_line(place)}: its folders are nested too deep.")
        return
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        place = place_of(folder, root)
        tally.refused.append(f"{clean_line(place)}: it cannot be opened: {error.strerror}.")
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_symlink():
            tally.links += 1
        elif entry.is_dir():
            yield from _walk(entry, root, tally, depth + 1)
        elif entry.is_file() and not licences.states(entry):
            yield Candidate(entry, root)
