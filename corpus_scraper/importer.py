"""Import the stories of files and folders: find them, recognise their format, add their licence.

Files that are no story are skipped and named. What cannot be read, a file or a row of it, is
refused with a sentence, and the import goes on. Symbolic links are not followed.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from corpus_scraper import formats, licences
from corpus_scraper.formats import plugin_loader
from corpus_scraper.formats.folder_memory import remember_folders
from corpus_scraper.formats.story_file import Unreadable, place_of, read_head
from corpus_scraper.formats.transcripts import zmachine
from corpus_scraper.graph import UNKNOWN_LICENCE, StoryGraph, holds_stories
from dungeon.errors import InputRefused
from dungeon.text import clean_line

MAX_FILES = 200_000
"""Files of one import."""

MAX_FOLDER_DEPTH = 40
"""Folders within folders."""


@dataclass(slots=True)
class ImportSummary:
    """Counts of an import so far."""

    stories: Counter[str] = field(default_factory=Counter)
    """Stories by format, as are passages and words."""
    passages: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    files: int = 0
    """Files and story folders that were found."""
    skipped: list[str] = field(default_factory=list)
    """The places of those in no story format."""
    empty: list[str] = field(default_factory=list)
    """The places of those without a byte in them."""
    noted: int = 0
    """Stories with a note on what was left out or joined."""
    story_files: list[Path] = field(default_factory=list)
    """Of the files, those of `grue stories`: their stories were imported before."""
    links: list[str] = field(default_factory=list)
    """The places of symbolic links, which are not followed."""
    refused: list[str] = field(default_factory=list)
    """A sentence for everything that could not be read: files, and rows of files."""
    warnings: list[str] = field(default_factory=list)
    """A sentence for each plugin that could not be loaded."""

    def add(self, graph: StoryGraph) -> None:
        """Count a story."""
        name = graph.source.parser
        self.stories[name] += 1
        self.noted += bool(graph.notes)
        self.passages[name] += len(graph.passages)
        self.words[name] += sum(len(passage.text.split()) for passage in graph.passages)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file or folder that may hold stories."""

    path: Path
    root: Path
    """The folder that places are relative to, and that nothing may lead out of."""
    is_named: bool = False
    """Whether the user named this very file."""


def import_stories(
    paths: Iterable[Path],
    summary: ImportSummary,
    *,
    commands: Sequence[str] = (),
    licence: str = UNKNOWN_LICENCE,
    on_file: Callable[[str], None] = lambda place: None,
) -> Iterator[StoryGraph]:
    """Yield the stories of `paths`, and count them in `summary`.

    `commands` are what Z-machine games are played with; `licence` is for stories without one.
    `on_file` is called with the place of each file before it is read.
    """
    ids: set[str] = set()
    with remember_folders():
        for candidate in candidates(paths, summary):
            on_file(place_of(candidate.path, candidate.root))
            try:
                for graph in _read(candidate, summary, commands):
                    has_licence = graph.licence != UNKNOWN_LICENCE
                    story = replace(
                        graph,
                        id=_unique_id(graph.id, ids),
                        licence=graph.licence if has_licence else licence,
                    )
                    summary.add(story)
                    yield story
            except Unreadable as error:
                summary.refused.extend(error.sentences)
    summary.warnings.extend(plugin_loader.load_plugins().problems)


def _unique_id(id_: str, taken: set[str]) -> str:
    """Return `id_`, with a number where another folder had a story with that id."""
    unique, number = id_, 1
    while unique in taken:
        number += 1
        unique = f"{id_} ({number})"
    taken.add(unique)
    return unique


def _read(
    candidate: Candidate, summary: ImportSummary, commands: Sequence[str]
) -> Iterator[StoryGraph]:
    path, root = candidate.path, candidate.root
    if path.is_file() and zmachine.is_game(path, read_head(path, 64)):
        yield from _play(candidate, summary, commands)
        return
    if formats.recognise(path) is None and not candidate.is_named:
        if holds_stories(path):
            summary.story_files.append(path)
        else:
            is_empty = path.is_file() and not path.stat().st_size
            (summary.empty if is_empty else summary.skipped).append(_place(candidate))
        return
    yield from formats.read(path, root=root)


def _play(
    candidate: Candidate, summary: ImportSummary, commands: Sequence[str]
) -> Iterator[StoryGraph]:
    path, root = candidate.path, candidate.root
    if commands:
        graph = zmachine.play(path, root, commands)
        yield replace(graph, licence=licences.find(path, within=root))
    elif candidate.is_named:
        raise Unreadable(
            place_of(path, root),
            "this is a Z-machine game, which becomes a story by being played. "
            "Name a file with one command a line: --commands walkthrough.txt",
        )
    else:
        summary.skipped.append(_place(candidate))


def _place(candidate: Candidate) -> str:
    return clean_line(place_of(candidate.path, candidate.root))


# ── Search ───────────────────────────────────────────────────────────────────────────────────────


def candidates(paths: Iterable[Path], summary: ImportSummary) -> Iterator[Candidate]:
    """Yield the files and folders at `paths` that may hold stories, each once, in a fixed order.

    Raises InputRefused where there are more than MAX_FILES.
    """
    seen: set[Path] = set()
    for named in paths:
        path = Path(os.path.realpath(named))
        if path.is_dir():
            found = _walk(path, path, summary, 0)
        elif path.is_file():
            found = iter([Candidate(path, path.parent, is_named=True)])
        else:
            summary.refused.append(f"{clean_line(str(named))}: there is no such file or folder.")
            continue
        for candidate in found:
            if candidate.path in seen:
                continue
            seen.add(candidate.path)
            summary.files += 1
            if summary.files > MAX_FILES:
                raise InputRefused(
                    f"There are more than {MAX_FILES:,} files. Name the folders with stories."
                )
            yield candidate


def _walk(folder: Path, root: Path, summary: ImportSummary, depth: int) -> Iterator[Candidate]:
    """Yield the folder itself where it is a story, else its files."""
    if formats.recognise(folder) is not None:
        yield Candidate(folder, root)
        return
    place = clean_line(place_of(folder, root))
    if depth > MAX_FOLDER_DEPTH:
        summary.refused.append(f"{place}: its folders are nested too deep.")
        return
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        summary.refused.append(f"{place}: it cannot be opened: {error.strerror}.")
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_symlink():
            summary.links.append(clean_line(place_of(entry, root)))
        elif entry.is_dir():
            yield from _walk(entry, root, summary, depth + 1)
        elif entry.is_file() and not licences.is_licence_file(entry):
            yield Candidate(entry, root)
