"""Provides the report on a corpus: what is in it and what was left out, measured from its files.

Knows nothing of pictures, or of how a corpus is built.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

from corpus_scraper.corpus import folder as folders
from corpus_scraper.corpus.splits import Split
from dungeon.perspective import pronoun_shares
from dungeon.text import clean_line
from dungeon.transcript import ACTION_MARK, ActionLine, read

PERSON_SAMPLE = 400
"""Documents whose person is measured; of more every so manieth, for the measure reads each word."""

LEAST_MEASURED = 400
"""Characters of prose below which a share says nothing."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """The documents of a split, in characters."""

    read: int
    """Of all documents, what is only read."""
    learned: tuple[int, ...]
    """What each document teaches."""
    deeds: int
    """The player's lines that are learned."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a corpus holds."""

    manifest: dict[str, Any]
    splits: dict[Split, Lengths]
    persons: tuple[tuple[float, float], ...]
    """The shares of I-words and of you-words in documents all through `train`."""
    left_out: dict[str, Counter[str]]
    """Characters that were left out, by block and reason."""
    changed: tuple[str, ...]
    """The files that are not as they were built, by the hashes of the manifest."""


def measure(folder: Path) -> Report:
    """Return the report on the corpus at `folder`. Raises InputRefused where there is none."""
    manifest = folders.read_manifest(folder)
    return Report(
        manifest,
        {split: _lengths(folder, split) for split in Split},
        tuple(_persons(folder, manifest["splits"]["train"]["documents"])),
        _left_out(folder),
        tuple(_changed(folder, manifest["files"])),
    )


def _changed(folder: Path, files: dict[str, Any]) -> Iterator[str]:
    """Yield the files that are not as they were built; the card is for people to add to."""
    for name, of in files.items():
        if name != folders.CARD and folders.sha256(folder / name) != of["sha256"]:
            yield name


def _lengths(folder: Path, split: Split) -> Lengths:
    read_only = deeds = 0
    learned: list[int] = []
    for record in folders.read_lines(folder / f"{split}.jsonl"):
        taught = [span["text"] for span in record["spans"] if span["train"]]
        learned.append(sum(map(len, taught)))
        read_only += sum(len(span["text"]) for span in record["spans"] if not span["train"])
        deeds += sum(text.count(f"\n{ACTION_MARK}") for text in taught)
        deeds += sum(text.startswith(ACTION_MARK) for text in taught[:1])
    return Lengths(read_only, tuple(learned), deeds)


def _persons(folder: Path, documents: int) -> Iterator[tuple[float, float]]:
    every = documents // PERSON_SAMPLE + 1
    for at, record in enumerate(folders.read_lines(folder / "train.jsonl")):
        if at % every == 0:
            text = "".join(span["text"] for span in record["spans"] if span["train"])
            prose = "\n\n".join(
                block.text for block in read(text) if not isinstance(block, ActionLine)
            )
            if len(prose) >= LEAST_MEASURED:
                share = pronoun_shares(prose)
                yield share.first, share.second


def _left_out(folder: Path) -> dict[str, Counter[str]]:
    left_out: dict[str, Counter[str]] = {}
    for line in folders.read_lines(folder / folders.EXCLUDED):
        left_out.setdefault(line["block"], Counter())[line["reason"]] += line["characters"]
    return left_out


def document(report: Report) -> dict[str, Any]:
    """Return the report as one JSON document."""
    return {
        "manifest": report.manifest,
        "lengths": {
            split.value: {
                "documents": len(lengths.learned),
                "learned": sum(lengths.learned),
                "read": lengths.read,
                "player_lines": lengths.deeds,
                "percentiles": _percentiles(lengths.learned),
            }
            for split, lengths in report.splits.items()
        },
        "person": {
            "documents": len(report.persons),
            "first": _mean(first for first, _ in report.persons),
            "second": _mean(second for _, second in report.persons),
        },
        "left_out": {
            block: dict(reasons.most_common()) for block, reasons in report.left_out.items()
        },
        "changed": list(report.changed),
    }


def _percentiles(lengths: tuple[int, ...]) -> dict[str, int]:
    if len(lengths) < 2:
        return {f"p{at}": max(lengths, default=0) for at in (10, 50, 90)}
    tenths = quantiles(lengths, n=10, method="inclusive")
    return {"p10": round(tenths[0]), "p50": round(tenths[4]), "p90": round(tenths[8])}


def _mean(shares: Iterator[float]) -> float:
    there = tuple(shares)
    return round(sum(there) / len(there), 5) if there else 0.0


# ── For people ───────────────────────────────────────────────────────────────────────────────────


def text(report: Report) -> str:
    """Return the report as lines for a terminal."""
    found = document(report)
    manifest = found["manifest"]
    sections = (
        _section("Sizes", _sizes(found)),
        _section("Licences", _sums(manifest["licences"])),
        _section("How it is told", _sums(manifest["told"])),
        _section("Sources", _sums(manifest["sources"])),
        _section("Largest works", _largest(manifest["largest_works"])),
        _section("Overlap with what is learned", _overlap(manifest["overlap"])),
        _section("Left out", _reasons(report.left_out)),
        _section("To be known", [*manifest["warnings"], *map(_since, report.changed)]),
    )
    return clean_lines("\n\n".join(filter(None, sections)))


def clean_lines(lines: str) -> str:
    """Return `lines` each cleaned: names of works come from outside."""
    return "\n".join(
        line[: len(line) - len(line.lstrip())] + clean_line(line) for line in lines.split("\n")
    )


def _since(name: str) -> str:
    return f"{name} was changed since it was built."


def _section(title: str, lines: Iterator[str] | list[str]) -> str:
    there = list(lines)
    return "\n".join([title, *(f"  {line}" for line in there)]) if there else ""


def _millions(characters: int) -> str:
    return f"{characters / 1e6:.2f} million" if characters >= 10_000 else f"{characters:,}"


def _sizes(found: dict[str, Any]) -> Iterator[str]:
    for split, lengths in found["lengths"].items():
        told = found["manifest"]["splits"][split]["told"]
        middle = lengths["percentiles"]
        yield (
            f"{split}: {found['manifest']['splits'][split]['works']:,} works, "
            f"{lengths['documents']:,} documents, {_millions(lengths['learned'])} characters "
            f"learned and {_millions(lengths['read'])} read, "
            f"{lengths['player_lines']:,} player's lines; coverage {told['coverage']:.1%}; "
            f"lengths {middle['p10']:,} / {middle['p50']:,} / {middle['p90']:,} (p10 / p50 / p90)"
        )
    person = found["person"]
    yield (
        f"of every hundred words outside quotations {100 * person['second']:.1f} say you, "
        f"{100 * person['first']:.1f} say I"
    )


def _sums(sums: dict[str, Any]) -> Iterator[str]:
    for name, each in sums.items():
        yield f"{name}: {each['works']:,} works, {_millions(each['learned'])} characters"


def _largest(largest: list[dict[str, Any]]) -> Iterator[str]:
    for each in largest[:5]:
        yield f"{each['work']}: {each['share']:.1%} of what is learned"


def _overlap(overlap: dict[str, Any]) -> Iterator[str]:
    for split, of in overlap.items():
        yield f"{split}: {of['share']:.3%} of its {of['length']}-word sequences"


def _reasons(left_out: dict[str, Counter[str]]) -> Iterator[str]:
    for block, reasons in left_out.items():
        for reason, characters in reasons.most_common():
            yield f"{block}: {reason} ({_millions(characters)} characters)"
