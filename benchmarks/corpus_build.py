"""Provides the figures of building a corpus: its time and memory, and how they grow with the input.

    python -m benchmarks.corpus_build stories.jsonl [--megabytes 30] [--times 10] [--processes 2]

The input is made of the stories of the file, over and over, until it has the size asked for; in
every copy each fourth word is made another, so that no copy is a duplicate of another one. Each
build runs in a process of its own. Its memory is the peak of that process and, for each process
that helps, the peak of the largest. CPU seconds are told as well, because machines are shared.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from corpus_scraper.graph import StoryGraph, read_stories, to_dict

BUILD = """
import json, resource, sys, time
from pathlib import Path
from corpus_scraper.corpus.build import build
from corpus_scraper.corpus.settings import BuildSettings

if __name__ == "__main__":
    source, target, processes = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    began = time.perf_counter()
    settings = BuildSettings(perspective="convert", licence="any")
    manifest = build([source], target, settings, processes=processes)
    seconds = time.perf_counter() - began
    own = resource.getrusage(resource.RUSAGE_SELF)
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    memory = own.ru_maxrss + (others.ru_maxrss * processes if processes > 1 else 0)
    cpu = sum(of.ru_utime + of.ru_stime for of in (own, others))
    trained = sum(split["trained_characters"] for split in manifest["splits"].values())
    print(json.dumps({"seconds": seconds, "cpu": cpu, "memory": memory / 1024, "trained": trained}))
"""
_WORD = re.compile(r"[^\W\d_]{3,}")


def copy(graph: StoryGraph, number: int) -> StoryGraph:
    """Return a copy of a story that is no duplicate of it."""
    if not number:
        return graph
    places = count()

    def other(word: re.Match[str]) -> str:
        return f"{word[0]}{'abcdefghij'[number % 10]}" if next(places) % 4 == 0 else word[0]

    passages = tuple(replace(p, text=_WORD.sub(other, p.text)) for p in graph.passages)
    source = replace(graph.source, sha256=f"{number:064x}", place=f"{number}/{graph.source.place}")
    author = f"{graph.author} {number}" if graph.author else ""
    return replace(
        graph, id=f"{number}/{graph.id}", author=author, passages=passages, source=source
    )


def copies(stories: Path) -> Iterator[str]:
    """Yield lines of stories without an end."""
    for number in count():
        for graph in read_stories(stories):
            yield json.dumps(to_dict(copy(graph, number)), ensure_ascii=False) + "\n"


def make(stories: Path, target: Path, size: int) -> None:
    """Write a file of stories of about `size` bytes."""
    with target.open("w", encoding="utf-8") as out:
        for line in copies(stories):
            if out.tell() + len(line) > size:
                return
            out.write(line)


def measure(source: Path, processes: int, room: Path) -> dict[str, Any]:
    """Return what one build took."""
    script = room / "build_once.py"
    script.write_text(BUILD)
    arguments = [source, room / "corpus", processes]
    done = subprocess.run(
        [sys.executable, script, *map(str, arguments)],
        env={"PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What building a corpus takes.")
    parser.add_argument("stories", type=Path)
    parser.add_argument("--megabytes", type=float, default=30)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    print("| input MB | seconds | CPU seconds | peak memory MB | million characters learned |")
    print("|---:|---:|---:|---:|---:|", flush=True)
    for size in (asked.megabytes, asked.megabytes * asked.times):
        with tempfile.TemporaryDirectory() as room:
            source = Path(room) / "stories.jsonl"
            make(asked.stories, source, int(size * 1e6))
            took = measure(source, asked.processes, Path(room))
        print(
            f"| {size:g} | {took['seconds']:.1f} | {took['cpu']:.1f} | {took['memory']:.0f} "
            f"| {took['trained_characters'] / 1e6:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
