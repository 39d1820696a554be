"""Report on a corpus, measured from its files: sizes, licences, action lines, losses, markup."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

from corpus_scraper.corpus import folder as folders
from corpus_scraper.corpus.action_forms import ActionForms, action_lines
from corpus_scraper.corpus.splits import Split
from dungeon.perspective import pronoun_shares
from dungeon.text import clean_line
from dungeon.text.counts import count
from dungeon.transcript import ActionLine, read

PERSPECTIVE_SAMPLE = 400
"""Documents whose pronouns are counted; larger corpora are sampled evenly."""

MIN_MEASURED = 400
"""Characters of prose below which a share means nothing."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """The documents of a split, in characters."""

    context: int
    """Characters of all documents that are context only."""
    trained: tuple[int, ...]
    """Trained characters of each document."""
    actions: ActionForms = field(default_factory=ActionForms)
    """Action lines that are trained on."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a corpus holds."""

    manifest: dict[str, Any]
    splits: dict[Split, Lengths]
    pronoun_shares: tuple[tuple[float, float], ...]
    """Shares of I-words and of you-words in a sample of documents of `train`."""
    excluded: dict[str, Counter[str]]
    """Excluded characters, by block and reason."""
    changed: tuple[str, ...]
    """The files that are not as they were built, by the hashes of the manifest."""


def measure(folder: Path) -> Report:
    """Measure the corpus at `folder`. Raises InputRefused where there is none."""
    manifest = folders.read_manifest(folder)
    return Report(
        manifest,
        {split: _lengths(folder, split) for split in Split},
        tuple(_pronoun_shares(folder, manifest["splits"]["train"]["documents"])),
        _excluded_characters(folder),
        tuple(_changed(folder, manifest["files"])),
    )


def _changed(folder: Path, files: dict[str, Any]) -> Iterator[str]:
    """Yield the files that are not as they were built; the card is for people to add to."""
    for name, of in files.items():
        if name != folders.CARD and folders.sha256(folder / name) != of["sha256"]:
            yield name


def _lengths(folder: Path, split: Split) -> Lengths:
    context = 0
    forms = ActionForms()
    trained: list[int] = []
    for record in folders.read_lines(folder / f"{split}.jsonl"):
        texts = folders.trained_texts(record)
        trained.append(sum(map(len, texts)))
        context += sum(len(span["text"]) for span in record["spans"] if not span["train"])
        for text in texts:
            forms.add(action_lines(text))
    return Lengths(context, tuple(trained), forms)


def _pronoun_shares(folder: Path, documents: int) -> Iterator[tuple[float, float]]:
    every = documents // PERSPECTIVE_SAMPLE + 1
    for at, record in enumerate(folders.read_lines(folder / "train.jsonl")):
        if at % every == 0:
            text = "".join(folders.trained_texts(record))
            prose = "\n\n".join(
                block.text for block in read(text) if not isinstance(block, ActionLine)
            )
            if len(prose) >= MIN_MEASURED:
                share = pronoun_shares(prose)
                yield share.first, share.second


def _excluded_characters(folder: Path) -> dict[str, Counter[str]]:
    excluded: dict[str, Counter[str]] = {}
    for line in folders.read_lines(folder / folders.EXCLUDED):
        excluded.setdefault(line["block"], Counter())[line["reason"]] += line["characters"]
    return excluded


def report_document(report: Report) -> dict[str, Any]:
    """Return the report as one JSON document."""
    return {
        "manifest": report.manifest,
        "lengths": {
            split.value: {
                "documents": len(lengths.trained),
                "trained_characters": sum(lengths.trained),
                "context_characters": lengths.context,
                "action_lines": lengths.actions.total,
                "action_forms": lengths.actions.document(),
                "percentiles": _percentiles(lengths.trained),
            }
            for split, lengths in report.splits.items()
        },
        "pronouns": {
            "documents": len(report.pronoun_shares),
            "first": _mean(first for first, _ in report.pronoun_shares),
            "second": _mean(second for _, second in report.pronoun_shares),
        },
        "losses": list(_losses(report)),
        "leftover_markup": report.manifest.get("leftover_markup", {}),
        "excluded": {
            block: dict(reasons.most_common()) for block, reasons in report.excluded.items()
        },
        "changed": list(report.changed),
    }


def _losses(report: Report) -> Iterator[dict[str, Any]]:
    """Yield what each block excluded, in the order of the pipeline.

    Each character counts at the block that excluded it first.
    """
    blocks = report.manifest["blocks"]
    read_in = next((block["characters_in"] for block in blocks.values()), 0)
    for name in sorted(report.excluded, key=[*blocks, *report.excluded].index):
        lost = report.excluded[name].total()
        yield {
            "block": name,
            "characters": lost,
            "share": round(lost / read_in, 5) if read_in else 0.0,
            "reasons": dict(report.excluded[name].most_common()),
        }


def _percentiles(lengths: tuple[int, ...]) -> dict[str, int]:
    if len(lengths) < 2:
        return {f"p{at}": max(lengths, default=0) for at in (10, 50, 90)}
    tenths = quantiles(lengths, n=10, method="inclusive")
    return {"p10": round(tenths[0]), "p50": round(tenths[4]), "p90": round(tenths[8])}


def _mean(shares: Iterator[float]) -> float:
    there = tuple(shares)
    return round(sum(there) / len(there), 5) if there else 0.0


# ── Text ───────────────────────────────────────────────────────────────────────────────────


def report_text(report: Report) -> str:
    """Return the report as lines for a terminal."""
    found = report_document(report)
    manifest = found["manifest"]
    sections = (
        _section("Sizes", _sizes(found)),
        _section("Licences", _sums(manifest["licences"])),
        _section("Perspective", _sums(manifest["perspectives"])),
        _section("Sources", _sums(manifest["sources"])),
        _section("Largest works", _largest(manifest["largest_works"])),
        _section("Contamination", _overlap(manifest["overlap"])),
        _section("Action lines", _action_forms(found["lengths"])),
        _section("Losses by cause", _losses_lines(found["losses"])),
        _section("Leftover markup", _leftovers(found["leftover_markup"])),
        _section("Warnings", [*manifest["warnings"], *map(_changed_sentence, report.changed)]),
    )
    return clean_lines("\n\n".join(filter(None, sections)))


def clean_lines(lines: str) -> str:
    """Return `lines`, each cleaned: names of works come from outside."""
    return "\n".join(
        line[: len(line) - len(line.lstrip())] + clean_line(line) for line in lines.split("\n")
    )


def _changed_sentence(name: str) -> str:
    return f"{name} has changed since the corpus was built."


def _section(title: str, lines: Iterator[str] | list[str]) -> str:
    there = list(lines)
    return "\n".join([title, *(f"  {line}" for line in there)]) if there else ""


def _millions(characters: int) -> str:
    return f"{characters / 1e6:.2f} million" if characters >= 10_000 else f"{characters:,}"


def _sizes(found: dict[str, Any]) -> Iterator[str]:
    for split, lengths in found["lengths"].items():
        measures = found["manifest"]["splits"][split]["measures"]
        middle = lengths["percentiles"]
        yield (
            f"{split}: {count(found['manifest']['splits'][split]['works'], 'work')}, "
            f"{count(lengths['documents'], 'document')}, "
            f"{_millions(lengths['trained_characters'])} "
            f"characters trained on and {_millions(lengths['context_characters'])} of context, "
            f"{lengths['action_lines']:,} action lines; coverage {measures['coverage']:.1%}; "
            f"lengths {middle['p10']:,} / {middle['p50']:,} / {middle['p90']:,} (p10 / p50 / p90)"
        )
    pronouns = found["pronouns"]
    yield (
        f"words outside quotations: {100 * pronouns['second']:.1f} % you, "
        f"{100 * pronouns['first']:.1f} % I"
    )


def _sums(sums: dict[str, Any]) -> Iterator[str]:
    for name, each in sums.items():
        characters = _millions(each["trained_characters"])
        yield f"{name}: {count(each['works'], 'work')}, {characters} characters"


def _largest(largest: list[dict[str, Any]]) -> Iterator[str]:
    for each in largest[:5]:
        yield f"{each['work']}: {each['share']:.1%} of the trained text"


def _overlap(overlap: dict[str, Any]) -> Iterator[str]:
    for split, of in overlap.items():
        yield f"{split}: {of['share']:.3%} of its {of['length']}-grams"


def _action_forms(lengths: dict[str, Any]) -> Iterator[str]:
    for split, of in lengths.items():
        forms, total = of["action_forms"], of["action_lines"]
        if not total:
            continue
        yield (
            f"{split}: {forms['you'] / total:.1%} “> You …”, {forms['speech'] / total:.1%} quoted "
            f"speech, {forms['other'] / total:.1%} other, of {total:,}"
        )
        for line in forms["examples_of_other"]:
            yield f"  other: {line}"


def _losses_lines(losses: list[dict[str, Any]]) -> Iterator[str]:
    for loss in losses:
        yield (
            f"{loss['block']}: {_millions(loss['characters'])} characters, "
            f"{loss['share']:.2%} of what was read"
        )
        for reason, characters in loss["reasons"].items():
            yield f"  {reason} ({_millions(characters)} characters)"


def _leftovers(sources: dict[str, Any]) -> Iterator[str]:
    for source, found in sources.items():
        kinds = ", ".join(f"{kind} {times:,}" for kind, times in found["kinds"].items())
        yield (
            f"{source}: {found['leftovers']:,} in {found['documents']:,} documents, "
            f"{found['per_100_documents']:g} per 100{kinds and f': {kinds}'}"
        )
        for example in found["examples"]:
            yield f"  {example['kind']}: {example['text']} ({example['work']})"
