"""Write the split files and `works.jsonl` of a corpus."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus_scraper.corpus import folder as folders
from corpus_scraper.corpus import mixture, works
from corpus_scraper.corpus.exclusion_log import ExclusionLog
from corpus_scraper.corpus.filters import Exclusion
from corpus_scraper.corpus.manifest import WrittenSize
from corpus_scraper.corpus.overlap import HeldOutNgrams, Overlap
from corpus_scraper.corpus.splits import HOLDOUT_SPLITS, Split
from corpus_scraper.corpus.stages import encode_line
from corpus_scraper.corpus.staging import Staging
from corpus_scraper.documents.paths import Span

OVERLAP = "overlap"
"""Name of decontamination in counts and exclusions."""


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """How much of a work is written."""

    kept: int | None = None
    """Trained characters, from its beginning; None for all."""
    times: int = 1
    """Number of copies."""


WHOLE = WrittenPart()


def write_splits(
    made: Path, staging: Staging, assigned: Sequence[Split], parts: Mapping[int, WrittenPart]
) -> list[WrittenSize]:
    """Write the files of the splits, and return what each work is in them.

    `parts` is what is written of some works, by their number; others are written whole, and once.
    """
    sizes = [WrittenSize()] * len(assigned)
    for split in Split:
        with (made / f"{split}.jsonl").open("wb") as out:
            for at in (at for at, place in enumerate(assigned) if place is split):
                part = parts.get(at, WHOLE)
                for record, trained in part.times * tuple(_cut_to(staging, at, part.kept)):
                    out.write(record)
                    sizes[at] = WrittenSize(sizes[at].documents + 1, sizes[at].trained + trained)
    return sizes


def _cut_to(staging: Staging, work: int, keep: int | None) -> Iterator[tuple[bytes, int]]:
    """Yield the records of a work with their trained characters, up to `keep` characters in all."""
    for number in staging.records_of(work):
        record, trained = staging.records[number], staging.trained[number]
        if keep is None:
            yield record, trained
            continue
        if trained > keep:
            if keep:
                yield _cut(record, keep), keep
            return
        yield record, trained
        keep -= trained


def _cut(record: bytes, keep: int) -> bytes:
    value = json.loads(record)
    spans = [Span(span["text"], span["train"]) for span in value["spans"]]
    value["spans"] = [{"text": s.text, "train": s.train} for s in mixture.cut(spans, keep)]
    return encode_line(value)


def remove_overlap(
    made: Path, staging: Staging, exclusions: ExclusionLog, sizes: list[WrittenSize]
) -> dict[Split, Overlap]:
    """Remove held-out documents that are also in train; return the overlap of the rest.

    Duplicate passages are known already. This finds documents composed of phrases that are in
    train, and updates `sizes`.
    """
    held = {
        split: HeldOutNgrams(map(folders.trained_texts, records(made, split)))
        for split in HOLDOUT_SPLITS
    }
    for record in records(made, Split.TRAIN):
        pieces = folders.trained_texts(record)
        for each in held.values():
            each.mark_trained(pieces)
    numbers = {work.id: at for at, work in enumerate(staging.works)}
    count = exclusions.block(OVERLAP)
    for split, found in held.items():
        there = set()
        for record in _remove_contaminated(made / f"{split}.jsonl", found):
            trained, at = _length(record), numbers[record["work"]]
            sizes[at] = WrittenSize(sizes[at].documents - 1, sizes[at].trained - trained)
            there.add(at)
            reason = "most of a held-out document is also in train"
            exclusions.exclude(Exclusion(OVERLAP, record["work"], reason, trained))
            count.characters_in += trained
        left = {numbers[record["work"]] for record in records(made, split)}
        count.works_in += len(left | there)
        count.works_out += len(left)
        characters = sum(map(_length, records(made, split)))
        count.characters_in += characters
        count.characters_out += characters
    return {
        split: of.overlap(map(folders.trained_texts, records(made, split)))
        for split, of in held.items()
    }


def _remove_contaminated(file: Path, found: HeldOutNgrams) -> Iterator[dict[str, Any]]:
    """Yield the contaminated records of `file`, and leave the others in it."""
    rest = file.with_suffix(".rest")
    with rest.open("wb") as out:
        for record in folders.read_lines(file):
            if found.is_contaminated(folders.trained_texts(record)):
                yield record
            else:
                out.write(encode_line(record))
    rest.replace(file)


def records(made: Path, split: Split) -> Iterator[dict[str, Any]]:
    """Yield the records of a split."""
    return folders.read_lines(made / f"{split}.jsonl")


def _length(record: dict[str, Any]) -> int:
    return sum(map(len, folders.trained_texts(record)))


def write_works(
    made: Path, staging: Staging, assigned: Sequence[Split], sizes: Sequence[WrittenSize]
) -> None:
    """Write the record of each work."""
    with (made / folders.WORKS).open("wb") as out:
        for work, split, size in zip(staging.works, assigned, sizes, strict=True):
            out.write(encode_line(works.work_document(work, split, size.trained, size.documents)))
