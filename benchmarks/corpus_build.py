"""Measure the time and memory of building a corpus, and how they grow with the input.

    python -m benchmarks.corpus_build stories.jsonl [--megabytes 30] [--times 10] [--processes 2]

The stories of the file are repeated up to the size; in each copy every fourth word is changed, so
that no copy is a duplicate. Each build runs in its own process. Memory is the peak of that process
plus, for each worker, the peak of the largest. CPU seconds are printed because machines are shared.
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
    started = time.perf_counter()
    settings = BuildSettings(perspective="convert", licence="any")
    manifest = build([source], target, settings, processes=processes)
    seconds = time.perf_counter() - started
    own = resource.getrusage(resource.RUSAGE_SELF)
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    memory = own.ru_maxrss + (workers.ru_maxrss * processes if processes > 1 else 0)
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in (own, workers))
    trained = sum(split["trained_characters"] for split in manifest["splits"].values())
    print(json.dumps({"seconds": seconds, "cpu": cpu, "memory": memory / 1024, "trained": trained}))
"""
_WORD = re.compile(r"[^\W\d_]{3,}")


def copy(graph: StoryGraph, number: int) -> StoryGraph:
    """Return copy `number` of a story; copy 0 is the story itself."""
    if not number:
        return graph
    index = count()

    def change(word: re.Match[str]) -> str:
        return f"{word[0]}{'abcdefghij'[number % 10]}" if next(index) % 4 == 0 else word[0]

    passages = tuple(replace(p, text=_WORD.sub(change, p.text)) for p in graph.passages)
    source = replace(graph.source, sha256=f"{number:064x}", place=f"{number}/{graph.source.place}")
    author = f"{graph.author} {number}" if graph.author else ""
    return replace(
        graph, id=f"{number}/{graph.id}", author=author, passages=passages, source=source
    )


def copies(stories: Path) -> Iterator[str]:
    """Yield an endless sequence of lines of stories."""
    for number in count():
        for graph in read_stories(stories):
            yield json.dumps(to_dict(copy(graph, number)), ensure_ascii=False) + "\n"


def write_input(stories: Path, target: Path, size: int) -> None:
    """Write a file of stories of about `size` bytes."""
    with target.open("w", encoding="utf-8") as out:
        for line in copies(stories):
            if out.tell() + len(line) > size:
                return
            out.write(line)


def measure(source: Path, processes: int, folder: Path) -> dict[str, Any]:
    """Return the resources that one build took."""
    script = folder / "build_once.py"
    script.write_text(BUILD)
    arguments = [source, folder / "corpus", processes]
    completed = subprocess.run(
        [sys.executable, script, *map(str, arguments)],
        env={"PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=True,
    )
    usage: dict[str, Any] = json.loads(completed.stdout.splitlines()[-1])
    return usage


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure building a corpus.")
    parser.add_argument("stories", type=Path)
    parser.add_argument("--megabytes", type=float, default=30)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    print("| input MB | seconds | CPU seconds | peak memory MB | million trained characters |")
    print("|---:|---:|---:|---:|---:|", flush=True)
    for size in dict.fromkeys((options.megabytes, options.megabytes * options.times)):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "stories.jsonl"
            write_input(options.stories, source, int(size * 1e6))
            usage = measure(source, options.processes, Path(folder))
        print(
            f"| {size:g} | {usage['seconds']:.1f} | {usage['cpu']:.1f} | {usage['memory']:.0f} "
            f"| {usage['trained'] / 1e6:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
