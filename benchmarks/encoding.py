"""Measure the time and memory of tokenizing a corpus, in a process of its own.

    python -m benchmarks.encoding [--megabytes 30] [--corpus DIR]

Without a corpus, paragraphs of the game's scenarios and documentation are shuffled up to the size.
The vocabulary is trained on the same text.
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
"""Of a document; in every tenth, half of them are context and not trained on."""


def write_corpus(folder: Path, size: int) -> None:
    """Write a corpus of about `size` bytes."""
    root = Path(__file__).resolve().parent.parent
    files = [*root.glob("docs/*.md"), *root.glob("dungeon/scenarios/*.toml")]
    text = "\n\n".join(file.read_text(encoding="utf-8") for file in files)
    paragraphs = [part.strip() for part in text.split("\n\n") if part.strip()]
    rng = random.Random(1)
    written, number = 0, 0
    with (folder / "train.jsonl").open("w", encoding="utf-8") as file:
        while written < size:
            halves = ["\n\n".join(rng.choices(paragraphs, k=PARAGRAPHS // 2)) for _ in range(2)]
            spans = [{"text": f"{part}\n\n", "train": number % 10 > 0} for part in halves]
            spans[1]["train"] = True
            record = {"id": str(number), "work": "own", "licence": "Apache-2.0", "spans": spans}
            file.write(json.dumps(record) + "\n")
            written += sum(len(part.encode()) for part in halves)
            number += 1


def measure(folder: Path) -> None:
    """Tokenize a corpus in this process, and print what it took."""
    from training.data.corpus import read_corpus
    from training.data.tokens import encode
    from training.models.shapes import train_tokenizer

    corpus = read_corpus(folder)
    sample = (each.text for number, each in enumerate(corpus.documents("train")) if number < 2_000)
    tokenizer = train_tokenizer(sample, 50_257)
    with tempfile.TemporaryDirectory() as cache:
        started, cpu = time.perf_counter(), time.process_time()
        encoded = encode(corpus, "train", tokenizer, Path(cache))
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = sum(file.path.stat().st_size for file in corpus.split_files("train")) / 1e6
    print("| MB | tokens | seconds | CPU seconds | peak memory MiB |\n|---|---|---|---|---|")
    print(f"| {size:.0f} | {len(encoded.ids):,} | {seconds:.1f} | {cpu:.1f} | {memory:.0f} |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure tokenizing a corpus.")
    parser.add_argument("--megabytes", type=int, default=30)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--in-process", action="store_true", help="measure in this process")
    options = parser.parse_args()
    if options.in_process:
        measure(options.corpus)
        return
    with tempfile.TemporaryDirectory() as folder:
        corpus = options.corpus or Path(folder)
        if options.corpus is None:
            write_corpus(corpus, options.megabytes * 1_000_000)
        command = ("-m", "benchmarks.encoding", "--in-process", "--corpus", str(corpus))
        subprocess.run([sys.executable, *command], check=True)


if __name__ == "__main__":
    main()
