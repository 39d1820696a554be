"""Read the trees that the first AI text adventure was trained on, in JSON and in CSV.

A tree is an opening with actions, their results, and further actions. The CSV is the sheet that
paid writers filled in: a column is one path through a story, and one that starts with a result or
an action of an earlier column branches off there.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpus_scraper.formats.graph_builder import (
    Format,
    ParsedStory,
    build_graph,
    keep_announced_endings,
    title_from_name,
)
from corpus_scraper.formats.story_file import StoryFile, build_readable, load
from corpus_scraper.formats.strict_json import list_at, object_at, parse, text_at
from corpus_scraper.graph import Choice, ChoiceKind, Passage, StoryGraph


@dataclass(slots=True)
class _Tree:
    """A story while it is parsed; passages are numbered in order."""

    passages: list[Passage] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    missing: int = 0
    """Children that are `null` in the file: its scraper lost them."""

    def add(self, text: str) -> str:
        """Add a passage and return its id."""
        passage_id = str(len(self.passages) + 1)
        self.passages.append(Passage(passage_id, text))
        return passage_id

    def parsed(self, title: str, part: str) -> ParsedStory:
        """Return the story."""
        lost = f"{self.missing} branches are null in the file." if self.missing else ""
        return ParsedStory(
            title, "1", tuple(self.passages), tuple(self.choices), notes=(lost,), part=part
        )


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────

_OPENINGS = ("first_story_block", "story_start")


def _recognises_json(path: Path, head: bytes) -> bool:
    keys = (b'"first_story_block"', b'"story_start"', b'"action_results"')
    return path.suffix.lower() == ".json" and any(key in head for key in keys)


def _read_json(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    document = parse(file)
    trees = document if isinstance(document, list) else [document]

    def build(numbered: tuple[int, Any]) -> StoryGraph:
        number, value = numbered
        place = f"tree {number}"
        tree = object_at(file, place, value)
        name = tree.get("tree_id")
        title = (
            name if isinstance(name, str) and not name.isdigit() else title_from_name(file.place)
        )
        part = str(name or number) if len(trees) > 1 else ""
        parsed = _read_tree(file, place, tree).parsed(title, part)
        return build_graph(file, parsed)

    yield from build_readable(enumerate(trees, 1), build)


def _read_tree(file: StoryFile, place: str, document: dict[str, Any]) -> _Tree:
    tree = _Tree()
    opening = next((document[key] for key in _OPENINGS if document.get(key)), None)
    blocks = (text_at(file, f"{place}: context", document.get("context")), opening)
    start = tree.add("\n\n".join(text_at(file, f"{place}: opening", each) for each in blocks))
    waiting = [(start, document.get("action_results"))]
    while waiting:
        parent, children = waiting.pop()
        for child in list_at(file, f"{place}: action_results", children):
            if child is None:
                tree.missing += 1
                continue
            branch = object_at(file, f"{place}: a branch", child)
            target = tree.add(text_at(file, f"{place}: result", branch.get("result")))
            action = text_at(file, f"{place}: action", branch.get("action"))
            tree.choices.append(Choice(parent, target, action, kind=ChoiceKind.ACTION))
            waiting.append((target, branch.get("action_results")))
    return tree


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────


def _recognises_csv(path: Path, head: bytes) -> bool:
    labels = [line.partition(b",")[0] for line in head.splitlines()]
    return path.suffix.lower() == ".csv" and b"First story block" in labels and b"Action" in labels


def _read_csv(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    trees: list[_Tree] = []
    known: dict[str, tuple[_Tree, str]] = {}
    for number, column in enumerate(_columns(file), 1):
        _read_column(file, number, column, trees, known)
    if not trees:
        raise file.unreadable("no column of it holds a story.")

    def build(numbered: tuple[int, _Tree]) -> StoryGraph:
        number, tree = numbered
        parsed = tree.parsed(f"{title_from_name(file.place)} {number}", str(number))
        return keep_announced_endings(build_graph(file, parsed))

    yield from build_readable(enumerate(trees, 1), build, "tree")


def _columns(file: StoryFile) -> list[list[tuple[str, str]]]:
    """Return each column as pairs of label and cell, without empty cells."""
    try:
        rows = [row for row in csv.reader(io.StringIO(file.text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise file.unreadable(f"this is broken CSV: {error}.") from error
    width = max(map(len, rows), default=0)
    cells = [[(row[0].strip(), row[i]) for row in rows if i < len(row)] for i in range(1, width)]
    return [[(label, cell) for label, cell in column if cell.strip()] for column in cells]


def _read_column(
    file: StoryFile,
    number: int,
    column: list[tuple[str, str]],
    trees: list[_Tree],
    known: dict[str, tuple[_Tree, str]],
) -> None:
    """Add a column to the tree that it branches off from, or to a new one."""
    tree, here, action = _Tree(), "", ""
    for label, cell in column:
        match label:
            case "First story block" if _key(cell) in known:
                tree, here = known[_key(cell)]
            case "First story block":
                here = tree.add(cell)
                trees.append(tree)
                known[_key(cell)] = tree, here
            case "Action":
                action = cell
            case "Result" if here:
                before, here = here, tree.add(cell)
                tree.choices.append(Choice(before, here, action, kind=ChoiceKind.ACTION))
                for key in filter(None, (_key(cell), _key(action))):
                    known.setdefault(key, (tree, here))
                action = ""
            case "Result":
                raise file.unreadable(f"column {number + 1} has a result before any story block.")


def _key(cell: str) -> str:
    """Return what equal cells have in common, regardless of case and spaces."""
    return " ".join(cell.split()).casefold()


FORMATS = (
    Format("tree2019", _recognises_json, _read_json),
    Format("tree2019", _recognises_csv, _read_csv),
)
