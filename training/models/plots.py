"""Plot the training loss and the bits per byte of held-out text by step."""

from collections.abc import Sequence
from pathlib import Path

from training.models.record import ModelRecord

LOSS, BITS_PER_BYTE = "loss.png", "bits_per_byte.png"

_SIZE, _DOTS_PER_INCH = (7.0, 4.0), 110
_INK, _PAPER, _PALE = "#2b4a6f", "#ffffff", "#c9d3df"

_WINDOW = 20
"""Steps of the moving average that is drawn over the loss."""


def write_plots(folder: Path, record: ModelRecord) -> None:
    """Write the plots into `folder`, none for what was not measured."""
    losses = [(p.step, p.loss) for p in record.history if p.loss is not None]
    bits = [(p.step, p.bits_per_byte) for p in record.history if p.bits_per_byte is not None]
    if losses:
        _plot(folder / LOSS, record.name, "loss, nats per token", losses, is_noisy=True)
    if bits:
        _plot(folder / BITS_PER_BYTE, record.name, "held-out bits per byte", bits, is_noisy=False)


def _plot(
    path: Path, title: str, label: str, points: Sequence[tuple[int, float]], *, is_noisy: bool
) -> None:
    # The classes themselves, not pyplot: they need no window system and leave nothing open.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    steps, values = [step for step, _ in points], [value for _, value in points]
    figure = Figure(figsize=_SIZE, dpi=_DOTS_PER_INCH, facecolor=_PAPER, layout="constrained")
    axes = figure.add_subplot()
    if is_noisy:
        axes.plot(steps, values, color=_PALE, linewidth=1)
        axes.plot(steps, _moving_average(values), color=_INK, linewidth=1.6)
    else:
        axes.plot(steps, values, color=_INK, marker="o", markersize=4, linewidth=1.6)
        lowest = min(range(len(values)), key=values.__getitem__)
        axes.annotate(f"{values[lowest]:.4f}", (steps[lowest], values[lowest]), color=_INK)
    axes.set(xlabel="step", ylabel=label)
    axes.set_title(title, parse_math=False)
    axes.grid(color=_PALE, linewidth=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    FigureCanvasAgg(figure)
    figure.savefig(path, format="png")


def _moving_average(values: Sequence[float]) -> list[float]:
    """Return at each step the mean of the last ones."""
    means, total = [], 0.0
    for at, value in enumerate(values):
        total += value
        if at >= _WINDOW:
            total -= values[at - _WINDOW]
        means.append(total / min(at + 1, _WINDOW))
    return means
