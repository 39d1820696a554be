"""Measure the training documents of branching stories against two simpler methods.

    python -m benchmarks.path_cover [--stories FOLDER] [--context 4000]

Every story file in the folder is rendered as `grue corpus build` renders it, as the builder of 2019
did, and along every path. The scraper of 2019 stored `null` for a page that it had seen before, and
its builder wrote every path through that tree; where the first branch of a passage was `null`, the
path ended, whatever the other branches held. Prints Markdown. Sizes are characters of passages and
choices, without the marks between them.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from corpus_scraper.documents.documents import DocumentStats, render_documents
from corpus_scraper.documents.paths import normalise_graph
from corpus_scraper.graph import StoryGraph
from corpus_scraper.importer import ImportSummary, import_stories

STORIES = Path(__file__).resolve().parents[2] / "shared" / "corpus"
"""Folder of real stories next to the repository."""

MAX_PATHS = 100_000
"""Paths of one story that are counted; there may be more of them than atoms."""

Tree = dict[str, list[str | None]]
"""The branches of each passage; None for a missing one."""


@dataclass(slots=True)
class FormatResult:
    """The measurements of the stories of one format."""

    measures: DocumentStats = field(default_factory=DocumentStats)
    expansions: list[float] = field(default_factory=list)
    """Of each story."""
    passages_2019: int = 0
    emitted_2019: int = 0
    emitted_all_paths: int = 0
    is_cut: bool = False
    """Whether a story has more than MAX_PATHS paths."""

    def add(self, graph: StoryGraph, context: int) -> None:
        """Measure a normalised graph."""
        _, measures = render_documents(graph, context=context)
        self.measures += measures
        self.expansions.append(measures.expansion)
        sizes = _sizes(graph)
        covered = set[str]()
        for length, path in paths(tree_of_2019(graph), graph.start, sizes):
            self.emitted_2019 += length
            covered.update(path)
        self.passages_2019 += len(covered)
        full: Tree = {
            id_: [choice.target for choice in choices]
            for id_, choices in graph.choices_by_passage().items()
            if id_ in sizes
        }
        for number, (length, _) in enumerate(paths(full, graph.start, sizes), 1):
            self.emitted_all_paths += length
            if number == MAX_PATHS:
                self.is_cut = True
                break


def _sizes(graph: StoryGraph) -> dict[str, int]:
    """Return the characters of every passage plus the mean of the choices that lead to it."""
    choices = Counter(choice.target for choice in graph.choices)
    characters = Counter[str]()
    for choice in graph.choices:
        characters[choice.target] += len(choice.text)
    return {p.id: len(p.text) + characters[p.id] // max(choices[p.id], 1) for p in graph.passages}


def tree_of_2019(graph: StoryGraph) -> Tree:
    """Return the tree of the scraper of 2019: depth first, None for a text seen before.

    It never met pages without text; here these are identified by their ids.
    """
    known, choices = graph.passages_by_id(), graph.choices_by_passage()
    tree: Tree = {}
    seen: set[str] = set()
    stack: list[tuple[str, list[str | None]]] = [(graph.start, [])]
    while stack:
        id_, branches = stack.pop()
        text = known[id_].text or id_ if id_ in known else ""
        if not text or text in seen:
            branches.append(None)
            continue
        branches.append(id_)
        seen.add(text)
        tree[id_] = []
        stack += [(choice.target, tree[id_]) for choice in reversed(choices[id_])]
    return tree


def paths(tree: Tree, start: str, sizes: dict[str, int]) -> Iterator[tuple[int, list[str]]]:
    """Yield the length and the passages of every path, as the builder of 2019 walks a tree.

    In a graph that is no tree, a passage that is already on the path counts as None.
    """
    path: list[str] = []
    on_path: set[str] = set()
    length = 0
    stack: list[Iterator[str | None]] = [iter([start] if start in tree else [])]
    while stack:
        id_ = next(stack[-1], None)
        if id_ is None:  # no more branches
            stack.pop()
            if path:
                last = path.pop()
                on_path.discard(last)
                length -= sizes[last]
            continue
        path.append(id_)
        on_path.add(id_)
        length += sizes[id_]
        branches = [None if each in on_path or each not in tree else each for each in tree[id_]]
        is_end = not branches or branches[0] is None
        if is_end:
            yield length, list(path)
        stack.append(iter([] if is_end else filter(None, branches)))


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Measure the documents of branching stories.")
    parser.add_argument("--stories", type=Path, default=STORIES)
    parser.add_argument("--context", type=int, default=4_000, help="characters before each span")
    options = parser.parse_args()
    if not options.stories.is_dir():
        sys.exit(f"There are no stories at {options.stories}. Name a folder with --stories.")
    results: dict[str, FormatResult] = {}
    summary = ImportSummary()
    for graph in import_stories([options.stories], summary):
        story = normalise_graph(graph)
        if any(choice.text for choice in story.choices):
            results.setdefault(graph.source.parser, FormatResult()).add(story, options.context)
    for sentence in summary.refused:
        print(sentence, file=sys.stderr)
    print(
        "| format | stories | characters | coverage | exposure | expansion | worst expansion ",
        end="",
    )
    print("| 2019: coverage | 2019: expansion | all paths: expansion |\n" + "|---" * 10 + "|")
    for name, result in sorted(results.items()):
        print(row(name, result))


def row(name: str, result: FormatResult) -> str:
    """Return one line of the table."""
    ours = result.measures
    more = "over " if result.is_cut else ""
    return (
        f"| {name} | {len(result.expansions):,} | {ours.unique:,} | {ours.coverage:.2%} "
        f"| {ours.exposure:.2f}x | {ours.expansion:.2f}x | {max(result.expansions):.2f}x "
        f"| {result.passages_2019 / ours.passages:.0%} "
        f"| {result.emitted_2019 / ours.unique:.1f}x "
        f"| {more}{result.emitted_all_paths / ours.unique:,.0f}x |"
    )


if __name__ == "__main__":
    main()
