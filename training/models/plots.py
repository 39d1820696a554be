"""Provides the pictures of a training: how the loss fell, and the bits per byte of held-out text.

Knows nothing of how either was measured.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from training.models.model_folder import Record

LOSS, BITS_PER_BYTE = "loss.png", "bits_per_byte.png"

_SIZE, _DOTS_PER_INCH = (7.0, 4.0), 110
_INK, _PAPER, _PALE = "#2b4a6f", "#ffffff", "#c9d3df"

_SMOOTHED_OVER = 20
"""Steps whose mean is drawn over the loss of every single one."""


def draw(folder: Path, record: "Record") -> list[Path]:
    """Write the pictures into `folder` and return them: none for what was not measured."""
    losses = [(p.step, p.loss) for p in record.history if p.loss is not None]
    bits = [(p.step, p.bits_per_byte) for p in record.history if p.bits_per_byte is not None]
    drawn = []
    if losses:
        drawn.append(_picture(folder / LOSS, record.name, "loss, nats a token", losses, True))
    if bits:
        label = "held-out bits per byte"
        drawn.append(_picture(folder / BITS_PER_BYTE, record.name, label, bits, False))
    return drawn


def _picture(
    path: Path, name: str, label: str, points: Sequence[tuple[int, float]], noisy: bool
) -> Path:
    # The classes themselves, not pyplot: no window system is asked for, and nothing is left open.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    steps, values = [step for step, _ in points], [value for _, value in points]
    figure = Figure(figsize=_SIZE, dpi=_DOTS_PER_INCH, facecolor=_PAPER, layout="constrained")
    axes = figure.add_subplot()
    if noisy:
        axes.plot(steps, values, color=_PALE, linewidth=1)
        axes.plot(steps, _smoothed(values), color=_INK, linewidth=1.6)
    else:
        axes.plot(steps, values, color=_INK, marker="o", markersize=4, linewidth=1.6)
        lowest = min(range(len(values)), key=values.__getitem__)
        axes.annotate(f"{values[lowest]:.4f}", (steps[lowest], values[lowest]), color=_INK)
    axes.set(xlabel="step", ylabel=label)
    axes.set_title(name, parse_math=False)
    axes.grid(color=_PALE, linewidth=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    FigureCanvasAgg(figure)
    figure.savefig(path, format="png")
    return path


def _smoothed(values: Sequence[float]) -> list[float]:
    """Return at each step the mean of the last few."""
    means, total = [], 0.0
    for at, value in enumerate(values):
        total += value
        if at >= _SMOOTHED_OVER:
            total -= values[at - _SMOOTHED_OVER]
        means.append(total / min(at + 1, _SMOOTHED_OVER))
    return means
