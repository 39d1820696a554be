"""Write the manifest of a corpus: inputs, settings, counts, and the hashes of its files.

It holds no time and no path, so the same build writes the same manifest.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from corpus_scraper.corpus import data_card
from corpus_scraper.corpus import folder as folders
from corpus_scraper.corpus.filters import BlockCount
from corpus_scraper.corpus.leftover_markup import MAX_PER_100
from corpus_scraper.corpus.overlap import NGRAM_LENGTH, Overlap
from corpus_scraper.corpus.settings import BuildSettings
from corpus_scraper.corpus.splits import Split
from corpus_scraper.corpus.staging import Staging
from corpus_scraper.corpus.works import Work
from corpus_scraper.documents.documents import DocumentStats
from corpus_scraper.graph import numbered_lines


@dataclass(frozen=True, slots=True)
class WrittenSize:
    """What is written of one work."""

    documents: int = 0
    trained: int = 0
    """Characters."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build found. Lists are in the order of the works."""

    settings: BuildSettings
    blocks: Mapping[str, BlockCount]
    staging: Staging
    assigned: Sequence[Split]
    sizes: Sequence[WrittenSize]
    overlaps: Mapping[Split, Overlap]


def write(made: Path, files: Sequence[Path], result: BuildResult) -> dict[str, Any]:
    """Write the manifest and the card of the corpus in `made`, and return the manifest."""
    manifest: dict[str, Any] = {
        "format": folders.FORMAT,
        "version": folders.VERSION,
        "settings": asdict(result.settings),
        "inputs": [_input(file) for file in files],
        "blocks": {
            name: asdict(count) | {"counts": dict(sorted(count.counts.items()))}
            for name, count in result.blocks.items()
        },
        "splits": {split.value: _split(result, split) for split in Split},
        "licences": _sums(result, lambda work: work.licence),
        "perspectives": _sums(result, lambda work: work.perspective_label),
        "sources": _sums(result, lambda work: work.source_name),
        "leftover_markup": {
            source: found.document() for source, found in sorted(result.staging.leftovers.items())
        },
        "largest_works": _largest(result),
        "overlap": {split.value: _overlap(of) for split, of in result.overlaps.items()},
    }
    manifest["warnings"] = list(_warnings(manifest))
    (made / folders.CARD).write_text(data_card.render_card(manifest), encoding="utf-8")
    manifest["files"] = {
        file.name: {"sha256": folders.sha256(file), "bytes": file.stat().st_size}
        for file in sorted(made.iterdir())
    }
    folders.write_json(made / folders.MANIFEST, manifest)
    return manifest


def _input(file: Path) -> dict[str, Any]:
    stories = sum(1 for _ in numbered_lines(file))
    return {"name": file.name, "sha256": folders.sha256(file), "stories": stories}


def _split(result: BuildResult, split: Split) -> dict[str, Any]:
    sizes = [s for s, place in zip(result.sizes, result.assigned, strict=True) if place is split]
    return {
        "works": sum(bool(size.documents) for size in sizes),
        "documents": sum(size.documents for size in sizes),
        "trained_characters": sum(size.trained for size in sizes),
        "measures": _measures(result.staging.measures[split]),
    }


def _measures(measures: DocumentStats) -> dict[str, Any]:
    """Return the statistics of a split as rendered, before the mixture was limited."""
    return asdict(measures) | {
        "expansion": round(measures.expansion, 4),
        "exposure": round(measures.exposure, 4),
        "coverage": round(measures.coverage, 4),
    }


def _sums(result: BuildResult, key: Callable[[Work], str]) -> dict[str, Any]:
    """Return works and trained characters, of all splits, by a key of the work; the most first."""
    works: Counter[str] = Counter()
    trained: Counter[str] = Counter()
    for work, size in zip(result.staging.works, result.sizes, strict=True):
        if size.documents:
            works[key(work)] += 1
            trained[key(work)] += size.trained
    order = sorted(trained, key=lambda name: (-trained[name], name))
    return {name: {"works": works[name], "trained_characters": trained[name]} for name in order}


def _largest(result: BuildResult) -> list[dict[str, Any]]:
    total = sum(s.trained for s, p in zip(result.sizes, result.assigned, strict=True)
                if p is Split.TRAIN)  # fmt: skip
    trained = [
        (-size.trained, work.id)
        for work, size, split in zip(
            result.staging.works, result.sizes, result.assigned, strict=True
        )
        if split is Split.TRAIN and size.trained
    ]
    return [
        {"work": work, "trained_characters": -size, "share": round(-size / total, 4)}
        for size, work in sorted(trained)[:10]
    ]


def _overlap(of: Overlap) -> dict[str, Any]:
    return {"length": NGRAM_LENGTH, **asdict(of), "share": round(of.share, 6)}


MAX_LOSS = 0.01
"""Share of its input, in characters, that a block may exclude without a warning."""

MAX_OVERLAP = 0.01
"""Share of a held-out split's n-grams above which scores on it are inflated."""


ADVICE = {
    "licence": " Include more with --licence (`any` takes unknown ones, too), or give your own "
    "files their licence with `grue stories import --licence CC0-1.0`."
}
"""What to do about the loss of a block."""


def _warnings(manifest: dict[str, Any]) -> Iterator[str]:
    for name, block in manifest["blocks"].items():
        characters_in, loss = (
            block["characters_in"],
            block["characters_in"] - block["characters_out"],
        )
        if loss > MAX_LOSS * characters_in:
            yield (
                f"{name} removed {loss / characters_in:.1%} of its input ({loss:,} of "
                f"{characters_in:,} characters); {folders.EXCLUDED} lists what and why."
                f"{ADVICE.get(name, '')}"
            )
    yield from map(_leftover_warning, _above(manifest["leftover_markup"]))
    for split, of in manifest["overlap"].items():
        if of["share"] > MAX_OVERLAP:
            yield (
                f"{of['share']:.1%} of the {of['length']}-grams of {split} are also in the "
                "training split."
            )
    for split, of in manifest["splits"].items():
        if not of["documents"]:
            yield (
                f"{split} is empty: there are too few works to hold some out. Import more stories, "
                "or include more of them with --licence."
            )


def _above(sources: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the sources with more leftover markup than is tolerated."""
    for source, found in sources.items():
        if found["leftovers"] * 100 > MAX_PER_100 * found["documents"]:
            yield source, found


def _leftover_warning(named: tuple[str, dict[str, Any]]) -> str:
    source, found = named
    seen: dict[str, str] = {}
    for example in found["examples"]:
        seen.setdefault(example["kind"], example["text"])
    examples = ", ".join(f"“{text}” ({kind})" for kind, text in [*seen.items()][:3])
    return (
        f"{source} has markup left in its text {found['leftovers']:,} times in "
        f"{found['documents']:,} documents ({found['per_100_documents']:g} per 100): {examples}."
    )
