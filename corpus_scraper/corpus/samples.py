"""Draw random documents of a corpus, and lay them out for reading."""

import random
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus_scraper.corpus import folder as folders
from corpus_scraper.corpus.splits import Split
from dungeon.text import clean_line

MAX_SHOWN = 2_000
"""Characters of a document that are shown; one may have fifty thousand."""

CONTEXT_MARK = "| "
"""In front of the lines that are context."""


@dataclass(frozen=True, slots=True)
class SampledDocument:
    """A document, and where it stands."""

    split: Split
    number: int
    """In its split, from 1."""
    record: dict[str, Any]

    def document(self) -> dict[str, Any]:
        """Return this as a JSON object."""
        return {"split": self.split.value, "number": self.number, **self.record}


def draw(folder: Path, count: int, seed: int) -> list[SampledDocument]:
    """Return `count` random documents of all splits in their order; all where there are fewer.

    Raises InputRefused where a file is damaged.
    """
    sizes = {split: sum(1 for _ in _records(folder, split)) for split in Split}
    total = sum(sizes.values())
    chosen = sorted(random.Random(seed).sample(range(total), min(count, total)))
    found: list[SampledDocument] = []
    before = 0
    for split, size in sizes.items():
        wanted = {at - before for at in chosen if before <= at < before + size}
        if wanted:
            found += (
                SampledDocument(split, at + 1, record)
                for at, record in enumerate(_records(folder, split))
                if at in wanted
            )
        before += size
    return found


def _records(folder: Path, split: Split) -> Iterator[dict[str, Any]]:
    return folders.read_lines(folder / f"{split}.jsonl")


def sample_text(documents: list[SampledDocument], width: int) -> str:
    """Return documents as lines of at most `width` columns, each under a heading."""
    explained = f"Lines that begin with {CONTEXT_MARK.strip()} are context and not trained on."
    pieces = [f"Sample\n  {explained}"]
    for each in documents:
        record = each.record
        heading = clean_line(
            f"── {each.split} {each.number}: {record['work']}, {record['licence']} "
        )
        pieces.append("\n".join([heading, "", *_lines(record["spans"], width)]).rstrip())
    return "\n\n".join(pieces)


def _lines(spans: list[dict[str, Any]], width: int) -> Iterator[str]:
    """Yield the lines of a document; the last one tells how much is not shown."""
    left = MAX_SHOWN
    for span in spans:
        shown = span["text"].lstrip("\n")[:left]
        left -= len(shown)
        mark = "" if span["train"] else CONTEXT_MARK
        for line in shown.rstrip("\n").split("\n") if shown else ():
            yield from _wrapped(clean_line(line), mark, width)
        if shown:
            yield mark.rstrip()
        if not left:
            break
    hidden = sum(len(span["text"].lstrip("\n")) for span in spans) - (MAX_SHOWN - left)
    if hidden:
        yield f"… {hidden:,} more characters; --json has all of them."


def _wrapped(line: str, mark: str, width: int) -> list[str]:
    wrapped = textwrap.wrap(
        line, width, initial_indent=mark, subsequent_indent=mark, break_on_hyphens=False
    )
    return wrapped or [mark.rstrip()]
