"""Render the data card of a corpus: its README.md, with metadata for the `datasets` library."""

import json
from collections.abc import Iterator
from typing import Any

from dungeon.text.counts import count

_HUB_LICENCES = {
    "MIT": "mit",
    "Apache-2.0": "apache-2.0",
    "BSD-2-Clause": "bsd-2-clause",
    "BSD-3-Clause": "bsd-3-clause",
    "CC0-1.0": "cc0-1.0",
    "CC-BY-4.0": "cc-by-4.0",
    "CC-BY-3.0": "cc-by-3.0",
    "CC-BY-SA-4.0": "cc-by-sa-4.0",
    "CC-BY-SA-3.0": "cc-by-sa-3.0",
    "GPL-3.0-or-later": "gpl-3.0",
    "GPL-2.0-or-later": "gpl-2.0",
    "Zlib": "zlib",
    "ISC": "isc",
    "Unlicense": "unlicense",
}
"""The names by which model hubs know licences; every other is `other` there."""

_PERSPECTIVES = {
    "second": "second person",
    "converted": "second person, converted from the first",
    "first": "first person",
    "third": "third person",
}

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def render_card(manifest: dict[str, Any]) -> str:
    """Return the card for a manifest that does not yet have the hashes of the files."""
    sections = (
        _front_matter(manifest),
        _introduction(manifest),
        _splits(manifest["splits"]),
        _sums("Licences", "licence", manifest["licences"]),
        _sums("Perspective", "perspective", _in_words(manifest["perspectives"])),
        _sums("Sources", "format", manifest["sources"]),
        _blocks(manifest["blocks"]),
        _overlap(manifest),
        _settings(manifest["settings"]),
        _BUILT_BY,
    )
    return "\n\n".join(filter(None, sections)) + "\n"


def _front_matter(manifest: dict[str, Any]) -> str:
    splits = manifest["splits"]
    documents = sum(split["documents"] for split in splits.values())
    size = next((name for most, name in _SIZES if documents < most), "n>1M")
    licences = sorted({_HUB_LICENCES.get(name, "other") for name in manifest["licences"]})
    files = [name for name, split in splits.items() if split["documents"]]
    lines = [
        "---",
        "pretty_name: A corpus of adventures",
        f"language: [{json.dumps(manifest['settings']['language'])}]",
        f"license: [{', '.join(licences)}]",
        "task_categories: [text-generation]",
        "tags: [interactive-fiction, grue]",
        f"size_categories: ['{size}']",
        "configs:",
        "- config_name: default",
        "  data_files:",
    ]
    for name in files:
        lines += [f"  - split: {name}", f"    path: {name}.jsonl"]
    return "\n".join([*lines, "---"])


def _introduction(manifest: dict[str, Any]) -> str:
    splits = manifest["splits"]
    works = sum(split["works"] for split in splits.values())
    trained = sum(split["trained_characters"] for split in splits.values())
    text = (
        f"# A corpus of adventures\n\n{count(works, 'work')}, {trained / 1e6:.2f} million "
        "characters to "
        "train on, built by `grue corpus build`. Each record is one document: a path through a "
        "story, as spans of text. A span with `train: false` is context and not trained on: the "
        "path that leads to what follows, or a passage that another work holds. An action of the "
        "player is a line of its own that begins with `> `.\n\n"
        "`works.jsonl` names every work with its author, licence and source; `excluded.jsonl` "
        "what was excluded and why; `manifest.json` has all of these figures, and the hashes."
    )
    if manifest["warnings"]:
        text += "\n\n**Warnings:**\n\n" + "\n".join(f"- {w}" for w in manifest["warnings"])
    return text


def _table(title: str, header: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> str:
    lines = [f"## {title}", "", f"| {' | '.join(header)} |"]
    lines.append("|---" + "|---:" * (len(header) - 1) + "|")
    for row in rows:
        cells = (f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row)
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines)


def _splits(splits: dict[str, Any]) -> str:
    header = ("split", "works", "documents", "trained characters", "coverage", "expansion")
    rows = (
        (
            name,
            split["works"],
            split["documents"],
            split["trained_characters"],
            f"{split['measures']['coverage']:.1%}",
            f"{split['measures']['expansion']:.2f}",
        )
        for name, split in splits.items()
    )
    return (
        _table("Splits", header, rows)
        + "\n\nWhole authors are held out. Coverage is the share of passages and choices "
        "in documents; expansion is written characters per unique character."
    )


def _in_words(perspectives: dict[str, Any]) -> dict[str, Any]:
    return {_PERSPECTIVES[name]: sums for name, sums in perspectives.items()}


def _sums(title: str, what: str, sums: dict[str, Any]) -> str:
    rows = ((name, each["works"], each["trained_characters"]) for name, each in sums.items())
    return _table(title, (what, "works", "trained characters"), rows)


def _blocks(blocks: dict[str, Any]) -> str:
    rows = (
        (
            name,
            block["works_in"],
            block["works_out"],
            block["characters_in"],
            block["characters_out"],
            "; ".join(f"{what}: {times:,}" for what, times in block["counts"].items()) or "–",
        )
        for name, block in blocks.items()
    )
    header = ("block", "works in", "works out", "characters in", "characters out", "what it did")
    return _table("Pipeline blocks", header, rows)


def _overlap(manifest: dict[str, Any]) -> str:
    rows = (
        (split, of["sequences"], of["shared"], f"{of['share']:.3%}")
        for split, of in manifest["overlap"].items()
    )
    header = ("split", "13-grams", "also in train", "share")
    return _table("Contamination", header, rows)


def _settings(settings: dict[str, Any]) -> str:
    return _table("Settings", ("setting", "value"), iter(settings.items()))


_BUILT_BY = (
    "## Limitations\n\nE-mail addresses, telephone numbers, network addresses and "
    "handles were replaced where they were recognised; names were not. The content rule is a net "
    "of words, not a guarantee. Licences are what the files state, and were not verified."
)
