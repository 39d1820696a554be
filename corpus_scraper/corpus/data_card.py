"""Provides the data card of a corpus: its README.md, for people and for the `datasets` library.

Knows nothing of how a corpus is built; it tells what the manifest says.
"""

import json
from collections.abc import Iterator
from typing import Any

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

_TOLD = {
    "second": "to the reader, as written",
    "turned": "to the reader, turned from the first person",
    "first": "by its hero",
    "third": "of others",
}
"""How a work is told, in words."""

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def text(manifest: dict[str, Any]) -> str:
    """Return the card that tells a manifest, before the hashes of the files are in it."""
    sections = (
        _front_matter(manifest),
        _introduction(manifest),
        _splits(manifest["splits"]),
        _sums("Licences", "licence", manifest["licences"]),
        _sums("How it is told", "told", _in_words(manifest["told"])),
        _sums("Sources", "read by", manifest["sources"]),
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
    learned = sum(split["learned"] for split in splits.values())
    text = (
        f"# A corpus of adventures\n\n{works:,} works, {learned / 1e6:.2f} million characters to "
        "learn, built by `grue corpus build`. Each record is one document: a way through a story, "
        "as spans of text. A span with `train: false` is read and not learned: it is the path that "
        "leads to what follows, or what another work has told. An action of the player is a line "
        "of its own that begins with `> `.\n\n"
        "`works.jsonl` names every work with its author, licence and source; `excluded.jsonl` "
        "what was left out and why; `manifest.json` has all of these figures, and the hashes."
    )
    if manifest["warnings"]:
        text += "\n\n**To be known:**\n\n" + "\n".join(f"- {w}" for w in manifest["warnings"])
    return text


def _table(title: str, header: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> str:
    lines = [f"## {title}", "", f"| {' | '.join(header)} |"]
    lines.append("|---" + "|---:" * (len(header) - 1) + "|")
    for row in rows:
        cells = (f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row)
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    return "\n".join(lines)


def _splits(splits: dict[str, Any]) -> str:
    header = ("split", "works", "documents", "characters learned", "coverage", "expansion")
    rows = (
        (
            name,
            split["works"],
            split["documents"],
            split["learned"],
            f"{split['told']['coverage']:.1%}",
            f"{split['told']['expansion']:.2f}",
        )
        for name, split in splits.items()
    )
    return (
        _table("Splits", header, rows)
        + "\n\nWhole authors are held out. Coverage is the share of passages and choices that are "
        "told; expansion is what is written for each character that is there once."
    )


def _in_words(told: dict[str, Any]) -> dict[str, Any]:
    return {_TOLD[name]: sums for name, sums in told.items()}


def _sums(title: str, what: str, sums: dict[str, Any]) -> str:
    rows = ((name, each["works"], each["learned"]) for name, each in sums.items())
    return _table(title, (what, "works", "characters learned"), rows)


def _blocks(blocks: dict[str, Any]) -> str:
    rows = (
        (
            name,
            block["works_in"],
            block["works_out"],
            block["characters_in"],
            block["characters_out"],
            "; ".join(f"{what}: {times:,}" for what, times in block["did"].items()) or "–",
        )
        for name, block in blocks.items()
    )
    header = ("block", "works in", "works out", "characters in", "characters out", "what it did")
    return _table("What each block did", header, rows)


def _overlap(manifest: dict[str, Any]) -> str:
    rows = (
        (split, of["sequences"], of["shared"], f"{of['share']:.3%}")
        for split, of in manifest["overlap"].items()
    )
    header = ("split", "13-word sequences", "learned too", "share")
    return _table("Overlap with what is learned", header, rows)


def _settings(settings: dict[str, Any]) -> str:
    return _table("Settings", ("setting", "value"), iter(settings.items()))


_BUILT_BY = (
    "## What it cannot promise\n\nE-mail addresses, telephone numbers, network addresses and "
    "handles were replaced where they were recognised; names were not. The content rule is a net "
    "of words, not a guarantee. Licences are what the files state, and were not verified."
)
