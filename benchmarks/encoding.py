"""Provides the figures of encoding a corpus: seconds and memory, in a process of its own.

    python -m benchmarks.encoding [--megabytes 30] [--corpus DIR]

Without a corpus of yours the game's own openings and documentation are shuffled, paragraph by
paragraph, until there is enough of them. The vocabulary is trained on the same text.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PARAGRAPHS = 12
"""Of a document, half of them read and not learned in every tenth."""


def write_corpus(folder: Path, size: int) -> None:
    """Write a corpus of about `size` bytes."""
    root = Path(__file__).resolve().parent.parent
    files = [*root.glob("docs/*.md"), *root.glob("dungeon/scenarios/*.toml")]
    text = "\n\n".join(file.read_text(encoding="utf-8") for file in files)
    paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
    chance = random.Random(1)
    written, number = 0, 0
    with (folder / "train.jsonl").open("w", encoding="utf-8") as file:
        while written < size:
            told = ["\n\n".join(chance.choices(paragraphs, k=PARAGRAPHS // 2)) for _ in range(2)]
            spans = [{"text": f"{part}\n\n", "train": number % 10 > 0} for part in told]
            spans[1]["train"] = True
            record = {"id": str(number), "work": "own", "licence": "Apache-2.0", "spans": spans}
            file.write(json.dumps(record) + "\n")
            written += sum(len(part.encode()) for part in told)
            number += 1


def encode(corpus: Path) -> None:
    """Encode a corpus and tell what it took, in this process."""
    from training.data.corpus import read_corpus
    from training.data.tokens import encode as encoded
    from training.models.shapes import train_tokenizer

    found = read_corpus(corpus)
    sample = (each.text for number, each in enumerate(found.documents("train")) if number < 2_000)
    tokenizer = train_tokenizer(sample, 50_257)
    with tempfile.TemporaryDirectory() as cache:
        began, used = time.perf_counter(), time.process_time()
        made = encoded(found, "train", tokenizer, Path(cache))
        seconds, used = time.perf_counter() - began, time.process_time() - used
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = found.file("train").stat().st_size / 1e6
    print("| MB | tokens | seconds | of processor | most memory, MiB |\n|---|---|---|---|---|")
    print(f"| {size:.0f} | {len(made.ids):,} | {seconds:.1f} | {used:.1f} | {memory:.0f} |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Encoding a corpus.")
    parser.add_argument("--megabytes", type=int, default=30)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--here", action="store_true", help="measure this process")
    chosen = parser.parse_args()
    if chosen.here:
        encode(chosen.corpus)
        return
    with tempfile.TemporaryDirectory() as folder:
        corpus = chosen.corpus or Path(folder)
        if chosen.corpus is None:
            write_corpus(corpus, chosen.megabytes * 1_000_000)
        again = [sys.executable, "-m", "benchmarks.encoding", "--here", "--corpus", str(corpus)]
        subprocess.run(again, check=True)


if __name__ == "__main__":
    main()
