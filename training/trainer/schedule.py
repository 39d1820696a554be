"""The learning rate over the steps of a training: it rises, then falls in a line to zero.

A line to zero is best (Bergsma et al. 2025, arXiv 2502.15938).

Where the number of steps changes meanwhile, because the time is limited and the machine became
faster or slower, the line bends at the current step and ends in zero at the new last step: the
learning rate never jumps, and never rises again.
"""

import math


class LinearDecay:
    """The factor of the peak learning rate, as torch's LambdaLR calls it.

    It is an object, because LambdaLR saves the attributes of objects in checkpoints.
    """

    def __init__(self, warmup_steps: int, max_steps: int) -> None:
        self.warmup_steps = warmup_steps
        self.max_steps = max_steps
        self.bend_step = warmup_steps
        self.bend_factor = 1.0

    def __call__(self, step: int) -> float:
        """Return the factor at a step: 0 at the first and the last one, 1 after the warmup."""
        if step < self.warmup_steps:
            return step / self.warmup_steps
        left, length = self.max_steps - step, self.max_steps - self.bend_step
        return self.bend_factor * max(left, 0) / max(length, 1)

    def end_at(self, max_steps: int, step: int) -> None:
        """Let the training end after `max_steps`, from the current `step` on."""
        if step > self.warmup_steps:
            self.bend_factor, self.bend_step = self(step), step
        else:  # a shorter training warms up for a shorter time
            shorter = max(step, math.ceil(max_steps / 10))
            self.warmup_steps = self.bend_step = min(self.warmup_steps, shorter)
        self.max_steps = max_steps
