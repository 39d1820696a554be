"""Lay out evaluations as text: values are never cut, names only where a terminal is too narrow."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dungeon.text import clean_line

if TYPE_CHECKING:
    from training.evaluation.contamination import Contamination, Overlap
    from training.evaluation.evaluate import Evaluation

MAX_GROUPS = 20
"""Works and sources in the table; those with the most text come first."""

_MAX_EXAMPLES = 2
_WIDTHS = (24, 20, 8, 22)
"""At least so many columns for a name, a value with its interval, the baseline's value, and the
difference: 80 with what is between them."""
_GAP = "  "

_PERPLEXITY, _BITS, _SHARE = ".2f", ".3f", ".1%"


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    format: str
    value: float | None
    interval: Sequence[float] | None = None
    base: float | None = None
    difference: Mapping[str, Any] | None = None

    def cells(self, *, has_baseline: bool) -> list[str]:
        cells = [self.name, _with_interval(self.value, self.interval, self.format)]
        if has_baseline:
            cells += [_number(self.base, self.format), self._difference()]
        return cells

    def _difference(self) -> str:
        """Return the difference: relative for bits per byte, in points for a share."""
        if not self.difference:
            return ""
        shown = self.difference.get("relative", self.difference)
        return _with_interval(shown["value"], shown["interval"], "+.1%")


def table(evaluations: "Sequence[Evaluation]", columns: int | None = None) -> Iterator[str]:
    """Yield the lines of a table: metric, value of the model, value of the baseline, difference.

    `columns` are those of the terminal, None for a file or a pipe, where no name is cut.
    """
    ours, *others = evaluations
    theirs = others[0] if others else None
    head = ["", "value"]
    if theirs:
        yield f"{clean_line(ours.name)}, compared with {clean_line(theirs.name)}"
        head += ["baseline", "difference"]
    else:
        yield clean_line(ours.name)
    document = ours.to_dict()
    sections = [
        (title, [row.cells(has_baseline=theirs is not None) for row in rows])
        for title, rows in _sections(ours, theirs, document)
        if rows
    ]
    widths = _widths([head, *(cells for _, rows in sections for cells in rows)], columns)
    yield _line(head, widths)
    for title, rows in sections:
        yield ""
        yield title
        for cells in rows:
            yield _line(cells, widths)
    if hidden := max(len(document["held_out"]["works"]) - MAX_GROUPS, 0):
        yield f"  and {hidden} more works; --json has all"
    yield ""
    yield "In brackets: 95 % confidence intervals. docs/evaluation.md explains each metric."
    for each in evaluations:
        yield from map(clean_line, each.notes)


def _sections(
    ours: "Evaluation", theirs: "Evaluation | None", one: Mapping[str, Any]
) -> Iterator[tuple[str, list[_Row]]]:
    """Yield the title and the rows of each part; `one` is the JSON document of `ours`."""
    other = theirs.to_dict() if theirs else None
    apart = ours.differences(theirs) if theirs else None
    held, base = one["held_out"], other["held_out"] if other else {}
    away = apart["held_out"] if apart else {}
    yield (
        f"held-out text, {held['split']}: {held['documents']:,} documents, {held['bytes']:,} bytes",
        [
            _Row("perplexity", _PERPLEXITY, held["perplexity"], None, base.get("perplexity")),
            _bits_row("bits per byte", held, base, away.get("total")),
            _bits_row(
                "  in second person", held["second_person"], base.get("second_person", {}),
                away.get("second_person"),
            ),
        ],
    )  # fmt: skip
    for what in ("sources", "works"):
        groups = list(held[what].items())[:MAX_GROUPS]
        yield (
            f"bits per byte of {what}",
            [
                _bits_row(
                    f"  {clean_line(name)}", group, base.get(what, {}).get(name, {}),
                    away.get(what, {}).get(name),
                )
                for name, group in groups
                if len(held[what]) > 1
            ],
        )  # fmt: skip
    play = one["play"]
    yield (
        f"{play['prompts']} replies",
        [
            _Row(
                name.replace("_", " "), _SHARE, value, play["intervals"][name],
                other["play"]["metrics"].get(name) if other else None,
                apart["play"].get(name) if apart else None,
            )
            for name, value in play["metrics"].items()
        ],
    )  # fmt: skip


def _bits_row(
    name: str, held: Mapping[str, Any], base: Mapping[str, Any], apart: Mapping[str, Any] | None
) -> _Row:
    return _Row(
        name,
        _BITS,
        held.get("bits_per_byte"),
        held.get("interval"),
        base.get("bits_per_byte"),
        apart,
    )


def _widths(lines: Sequence[Sequence[str]], columns: int | None) -> list[int]:
    """Return the width of each column: its widest cell, of names at most what a terminal has."""
    first, *rest = (
        max(least, *(len(cell) for cell in cells))
        for least, cells in zip(_WIDTHS, zip(*lines, strict=True), strict=False)
    )
    if columns is not None:
        left = columns - sum(rest) - len(_GAP) * len(rest)
        first = min(first, max(left, _WIDTHS[0]))
    return [first, *rest]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    name, *values = cells
    if len(name) > widths[0]:
        name = f"{name[: widths[0] - 1]}…"
    right = (cell.rjust(width) for cell, width in zip(values, widths[1:], strict=True))
    return _GAP.join([name.ljust(widths[0]), *right]).rstrip()


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _with_interval(value: float | None, interval: Sequence[float] | None, form: str) -> str:
    shown = _number(value, form)
    if interval is None:
        return shown
    low, high = (format(end, form).rstrip("%") for end in interval)
    return f"{shown} [{low}, {high}]"


# Contamination ------------------------------------------------------------------------------------


def contamination_lines(found: "Contamination") -> Iterator[str]:
    """Yield what of the evaluation is also in the training text."""
    read = f"{found.training_documents:,} training documents"
    yield ""
    yield f"contamination: 13-grams that are in the {read}"
    if not found.is_complete:
        yield "  The time was over before all of them were read: a lower limit."
    yield from _overlap_lines("held-out text", "documents", found.held_out)
    yield from _overlap_lines("prompts", "prompts", found.prompts)


def _overlap_lines(name: str, unit: str, overlap: "Overlap") -> Iterator[str]:
    yield (
        f"  {name}: {overlap.share:.2%} of {overlap.ngrams:,}; at least half in "
        f"{overlap.contaminated} of {overlap.texts} {unit}"
    )
    for each in overlap.examples[:_MAX_EXAMPLES]:
        yield f"    {each.share:.0%} of {clean_line(each.name)}:"
        words, line = clean_line(each.text).split(), "     "
        for word in words:
            if len(line) + len(word) >= 80:
                yield line
                line = "     "
            line += f" {word}"
        yield line
