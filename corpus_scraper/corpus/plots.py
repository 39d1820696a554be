"""Plot a corpus report into one PNG file."""

import logging
from pathlib import Path
from typing import Any

import matplotlib as mpl

from corpus_scraper.corpus.report import Report
from dungeon.errors import GrueError
from dungeon.text import clean_line

mpl.use("Agg")  # a file is drawn, whether or not there is a screen
logging.getLogger("matplotlib").setLevel(logging.ERROR)

INK, PALE, WARM = "#2f4858", "#9fb7c3", "#c9703a"
MOST_BARS = 8


def draw(report: Report, place: Path) -> None:
    """Plot the report into a PNG file at `place`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(14, 8), dpi=100, layout="constrained")
    axes = figure.subplots(2, 3)
    manifest = report.manifest
    _sizes(axes[0][0], manifest["splits"])
    _bars(axes[0][1], "Licences", _trained(manifest["licences"]))
    _bars(axes[0][2], "Sources", _trained(manifest["sources"]))
    _lengths(axes[1][0], report)
    _pronoun_shares(axes[1][1], report)
    _excluded(axes[1][2], report)
    try:
        figure.savefig(place, format="png")
    except OSError as error:
        raise GrueError(f"{place} cannot be written: {error.strerror}.") from error


def _trained(sums: dict[str, Any]) -> list[tuple[str, float]]:
    return [(name, each["trained_characters"]) for name, each in sums.items()]


def _sizes(axes: Any, splits: dict[str, Any]) -> None:
    names = list(splits)
    sizes = [split["trained_characters"] / 1e6 for split in splits.values()]
    axes.bar(names, sizes, color=INK)
    for at, split in enumerate(splits.values()):
        label = f"{split['works']} works\ncoverage {split['measures']['coverage']:.0%}"
        axes.annotate(label, (at, sizes[at]), ha="center", va="bottom", fontsize=8)
    axes.margins(y=0.2)
    axes.set_title("Sizes")
    axes.set_ylabel("million trained characters")


def _bars(axes: Any, title: str, bars: list[tuple[str, float]]) -> None:
    """Draw named bars, the first on top; the smallest are joined."""
    shown = bars[:MOST_BARS]
    if len(bars) > MOST_BARS:
        shown = [*shown[:-1], ("all others", sum(size for _, size in bars[MOST_BARS - 1 :]))]
    axes.barh(range(len(shown)), [size / 1e6 for _, size in reversed(shown)], color=PALE)
    for at, (name, _) in enumerate(reversed(shown)):
        label = clean_line(name).replace("$", r"\$")
        axes.text(0, at, f" {label}", ha="left", va="center", fontsize=7, color=INK)
    axes.set_yticks([])
    axes.set_ylim(-0.6, max(len(shown), 4) - 0.4)
    axes.set_title(title)
    axes.set_xlabel("million characters")


def _lengths(axes: Any, report: Report) -> None:
    lengths = [n for lengths in report.splits.values() for n in lengths.trained if n]
    if lengths:
        low, high = min(lengths), max(lengths) + 1
        edges = [low * (high / low) ** (at / 30) for at in range(31)]
        axes.hist(lengths, bins=edges, color=PALE, edgecolor=INK)
        axes.set_xscale("log")
    axes.set_title("Lengths of documents")
    axes.set_xlabel("trained characters")
    axes.set_ylabel("documents")


def _pronoun_shares(axes: Any, report: Report) -> None:
    first = [100 * share for share, _ in report.pronoun_shares]
    second = [100 * share for _, share in report.pronoun_shares]
    axes.scatter(first, second, s=14, color=WARM, alpha=0.6)
    perspectives = report.manifest["perspectives"]
    total = sum(each["trained_characters"] for each in perspectives.values()) or 1
    parts = (
        f"{name} {each['trained_characters'] / total:.0%}" for name, each in perspectives.items()
    )
    axes.set_title(f"Perspective: {', '.join(parts)}", fontsize=10)
    axes.set_xlabel("I, me, my … (% of words)")
    axes.set_ylabel("you, your … (% of words)")


def _excluded(axes: Any, report: Report) -> None:
    bars = [
        (f"{block}: {reason}", float(characters))
        for block, reasons in report.excluded.items()
        for reason, characters in reasons.items()
    ]
    bars.sort(key=lambda bar: -bar[1])
    _bars(axes, "Excluded", bars)
