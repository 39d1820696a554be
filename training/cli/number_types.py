"""Provide the number types of options, for the commands of the trainer."""

import math
from typing import Any

import click

from training.arguments import MAX_SEED

SEED = click.IntRange(0, MAX_SEED)


class FiniteFloatRange(click.FloatRange):
    """A number in a range; click's own accepts `nan`, and `inf` where there is no maximum."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return `value` as a number. Raises click.BadParameter where it is none, or infinite."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number
