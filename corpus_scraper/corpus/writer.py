"""Provides the files of a corpus, written from what a build has on its bench.

Knows nothing of how stories became documents, or of the manifest.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus_scraper.corpus import folder as folders
from corpus_scraper.corpus import mixture, works
from corpus_scraper.corpus.exclusion_log import ExclusionLog
from corpus_scraper.corpus.filters import Exclusion
from corpus_scraper.corpus.manifest import Size
from corpus_scraper.corpus.overlap import HeldOut, Overlap
from corpus_scraper.corpus.splits import HELD_OUT, Split
from corpus_scraper.corpus.stages import encoded
from corpus_scraper.corpus.staging import Staging
from corpus_scraper.documents.paths import Span

OVERLAP = "overlap"
"""What the counts call it that a document which is held out is learned, too."""


@dataclass(frozen=True, slots=True)
class Part:
    """How much of a work is written."""

    kept: int | None = None
    """The characters that are learned, from its beginning on; None for all."""
    times: int = 1
    """How often it is written."""


WHOLE = Part()


def write_splits(
    made: Path, bench: Staging, placed: Sequence[Split], parts: Mapping[int, Part]
) -> list[Size]:
    """Write the files of the splits, and return what each work is in them.

    `parts` is what is written of some works, by their number; others are written whole, and once.
    """
    sizes = [Size()] * len(placed)
    for split in Split:
        with (made / f"{split}.jsonl").open("wb") as out:
            for at in (at for at, place in enumerate(placed) if place is split):
                part = parts.get(at, WHOLE)
                for record, learned in part.times * tuple(_fitted(bench, at, part.kept)):
                    out.write(record)
                    sizes[at] = Size(sizes[at].documents + 1, sizes[at].learned + learned)
    return sizes


def _fitted(bench: Staging, work: int, keep: int | None) -> Iterator[tuple[bytes, int]]:
    """Yield the records of a work with what they teach, up to `keep` characters in all."""
    for number in bench.records_of(work):
        record, learned = bench.records[number], bench.learned[number]
        if keep is None:
            yield record, learned
            continue
        if learned > keep:
            if keep:
                yield _cut(record, keep), keep
            return
        yield record, learned
        keep -= learned


def _cut(record: bytes, keep: int) -> bytes:
    value = json.loads(record)
    spans = [Span(span["text"], span["train"]) for span in value["spans"]]
    value["spans"] = [{"text": s.text, "train": s.train} for s in mixture.cut(spans, keep)]
    return encoded(value)


def part_splits(
    made: Path, bench: Staging, account: ExclusionLog, sizes: list[Size]
) -> dict[Split, Overlap]:
    """Take what is learned, too, out of what is held out; return how far the rest overlaps.

    Passages told twice are known already. This finds documents that are put together of phrases
    which are, and brings `sizes` up to date.
    """
    held = {split: HeldOut(map(taught, records(made, split))) for split in HELD_OUT}
    for record in records(made, Split.TRAIN):
        pieces = taught(record)
        for each in held.values():
            each.meet(pieces)
    numbers = {work.id: at for at, work in enumerate(bench.works)}
    count = account.block(OVERLAP)
    for split, found in held.items():
        there = set()
        for record in _take_out_known(made / f"{split}.jsonl", found):
            learned, at = _length(record), numbers[record["work"]]
            sizes[at] = Size(sizes[at].documents - 1, sizes[at].learned - learned)
            there.add(at)
            reason = "most of a document that is held out is learned, too"
            account.leave_out(Exclusion(OVERLAP, record["work"], reason, learned))
            count.characters_in += learned
        left = {numbers[record["work"]] for record in records(made, split)}
        count.works_in += len(left | there)
        count.works_out += len(left)
        characters = sum(map(_length, records(made, split)))
        count.characters_in += characters
        count.characters_out += characters
    return {split: of.overlap(map(taught, records(made, split))) for split, of in held.items()}


def _take_out_known(file: Path, found: HeldOut) -> Iterator[dict[str, Any]]:
    """Yield the records of `file` that are known, and leave the others in it."""
    rest = file.with_suffix(".rest")
    with rest.open("wb") as out:
        for record in folders.read_lines(file):
            if found.is_known(taught(record)):
                yield record
            else:
                out.write(encoded(record))
    rest.replace(file)


def records(made: Path, split: Split) -> Iterator[dict[str, Any]]:
    """Yield the records of a split."""
    return folders.read_lines(made / f"{split}.jsonl")


def taught(record: dict[str, Any]) -> list[str]:
    """Return the texts that a record teaches."""
    return [span["text"] for span in record["spans"] if span["train"]]


def _length(record: dict[str, Any]) -> int:
    return sum(map(len, taught(record)))


def write_works(made: Path, bench: Staging, placed: Sequence[Split], sizes: Sequence[Size]) -> None:
    """Write what is told of each work."""
    with (made / folders.WORKS).open("wb") as out:
        for work, split, size in zip(bench.works, placed, sizes, strict=True):
            out.write(encoded(works.document(work, split, size.learned, size.documents)))
