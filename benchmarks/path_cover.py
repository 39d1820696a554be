"""Provides the cost of turning branching stories into training text, and how much of them is told.

    python -m benchmarks.path_cover [--stories FOLDER] [--context 4000]

Every story file under the folder is told by Grue's playthroughs and, for comparison, as the first
builder of 2019 told it, and along every way there is. In 2019 the scraper left `null` where a page
had been seen before, and the builder wrote every way through the tree that was left, from the
opening to an end; where a first branch was `null`, the way ended, whatever the other branches held.
Prints Markdown. Sizes are characters of passages and choices, without the marks between them.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from corpus_scraper import formats
from corpus_scraper.documents.documents import Measures, documents
from corpus_scraper.documents.paths import normalise_graph
from corpus_scraper.graph import StoryGraph

STORIES = Path(__file__).resolve().parents[2] / "shared" / "corpus"
"""Where the real stories stand, beside the checkout."""

MOST_WAYS = 100_000
"""Every way of a story is counted up to here; there may be more of them than atoms."""

Tree = dict[str, list[str | None]]
"""The branches of each passage, None where nothing is left of one."""


@dataclass(slots=True)
class Account:
    """What the stories of one format come to."""

    told: Measures = field(default_factory=Measures)
    expansions: list[float] = field(default_factory=list)
    passages_2019: int = 0
    emitted_2019: int = 0
    emitted_every_way: int = 0
    is_cut: bool = False
    """Whether a story has more than MOST_WAYS ways."""

    def add(self, graph: StoryGraph, context: int) -> None:
        """Count a told graph."""
        _, measures = documents(graph, context=context)
        self.told += measures
        self.expansions.append(measures.expansion)
        sizes = _sizes(graph)
        tree = scraped_in_2019(graph)
        reached = set[str]()
        for length, way in ways_through(tree, graph.start, sizes):
            self.emitted_2019 += length
            reached.update(way)
        self.passages_2019 += len(reached)
        everything: Tree = {
            id_: [way.target for way in ways]
            for id_, ways in graph.choices_by_passage().items()
            if id_ in sizes
        }
        for number, (length, _) in enumerate(ways_through(everything, graph.start, sizes), 1):
            self.emitted_every_way += length
            if number == MOST_WAYS:
                self.is_cut = True
                break


def _sizes(graph: StoryGraph) -> dict[str, int]:
    """Return the characters of every passage, and of the choices that lead to it at their mean."""
    ways = Counter(choice.target for choice in graph.choices)
    words = Counter[str]()
    for choice in graph.choices:
        words[choice.target] += len(choice.text)
    return {p.id: len(p.text) + words[p.id] // max(ways[p.id], 1) for p in graph.passages}


def scraped_in_2019(graph: StoryGraph) -> Tree:
    """Return the tree that the scraper of 2019 makes: depth first, a text seen before is None.

    It met no pages without a text; here they are told apart by their ids.
    """
    known, ways = graph.passages_by_id(), graph.choices_by_passage()
    tree: Tree = {}
    seen: set[str] = set()
    waiting: list[tuple[str, list[str | None]]] = [(graph.start, [])]
    while waiting:
        id_, branches = waiting.pop()
        text = known[id_].text or id_ if id_ in known else ""
        if not text or text in seen:
            branches.append(None)
            continue
        branches.append(id_)
        seen.add(text)
        tree[id_] = []
        waiting += [(choice.target, tree[id_]) for choice in reversed(ways[id_])]
    return tree


def ways_through(tree: Tree, start: str, sizes: dict[str, int]) -> Iterator[tuple[int, list[str]]]:
    """Yield the length and the passages of every way, as the builder of 2019 walks a tree.

    In a graph that is no tree, a passage that a way has come to already is None to it.
    """
    path: list[str] = []
    on_path: set[str] = set()
    length = 0
    waiting: list[Iterator[str | None]] = [iter([start] if start in tree else [])]
    while waiting:
        id_ = next(waiting[-1], None)
        if id_ is None:  # no more branches
            waiting.pop()
            if path:
                gone = path.pop()
                on_path.discard(gone)
                length -= sizes[gone]
            continue
        path.append(id_)
        on_path.add(id_)
        length += sizes[id_]
        branches = [None if each in on_path or each not in tree else each for each in tree[id_]]
        is_end = not branches or branches[0] is None
        if is_end:
            yield length, list(path)
        waiting.append(iter([] if is_end else filter(None, branches)))


def files(folder: Path) -> Iterator[Path]:
    """Yield what may be a story under `folder`: its files and its folders."""
    yield from sorted(path for path in folder.rglob("*") if not path.name.startswith("."))


def read(folder: Path) -> Iterator[StoryGraph]:
    """Yield the branching stories under `folder`; what is none is told on standard error."""
    taken: list[Path] = []
    for path in files(folder):
        kind = formats.recognise(path)
        if kind is None or any(other in path.parents for other in taken):
            continue
        if path.is_dir():
            taken.append(path)
        try:
            yield from formats.read(path, root=folder)
        except formats.Unreadable as error:
            print(error, file=sys.stderr)


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--stories", type=Path, default=STORIES)
    parser.add_argument("--context", type=int, default=4_000, help="characters read before each")
    asked = parser.parse_args()
    if not asked.stories.is_dir():
        sys.exit(f"There are no stories at {asked.stories}; name a folder with --stories.")
    accounts: dict[str, Account] = {}
    for graph in read(asked.stories):
        story = normalise_graph(graph)
        if any(choice.text for choice in story.choices):
            accounts.setdefault(graph.source.parser, Account()).add(story, asked.context)
    print("| format | stories | characters | told | learned | emitted | worst story ", end="")
    print("| 2019: told | 2019: emitted | every way: emitted |\n" + "|---" * 10 + "|")
    for name, exclusions in sorted(accounts.items()):
        print(row(name, exclusions))


def row(name: str, exclusions: Account) -> str:
    """Return one line of the table."""
    new, worst = exclusions.told, max(exclusions.expansions)
    told_2019 = exclusions.passages_2019 / new.passages
    more = "more than " if exclusions.is_cut else ""
    return (
        f"| {name} | {len(exclusions.expansions):,} | {new.unique:,} | {new.coverage:.2%} "
        f"| {new.exposure:.2f}x | {new.expansion:.2f}x | {worst:.2f}x | {told_2019:.0%} "
        f"| {exclusions.emitted_2019 / new.unique:.1f}x "
        f"| {more}{exclusions.emitted_every_way / new.unique:,.0f}x |"
    )


if __name__ == "__main__":
    main()
