"""The tour for those who play for the first time: three steps, the same in both front ends."""

from textwrap import fill
from typing import NamedTuple


class TourStep(NamedTuple):
    """One step."""

    title: str
    text: str


STEPS = (
    TourStep(
        "Say what you do",
        "Type it as you would say it: open the door. What stands in quotation marks is said aloud. "
        "Enter alone lets the story go on.",
    ),
    TourStep(
        "Nothing is final",
        "/retry writes another reply, /undo takes a turn back, /edit changes its words. What was "
        "there before stays, as a branch of the story. Every turn is saved at once.",
    ),
    TourStep(
        "Everything has a name",
        "/help lists all commands, and on the screen their keys; Ctrl+P finds them there. /memory "
        "holds what the story must never forget, /models who tells it, /settings the rest. /tour "
        "shows this again.",
    ),
)


def step_heading(number: int) -> str:
    """Return the title of a step, from 1 on, with its place."""
    return f"{STEPS[number - 1].title} ({number} of {len(STEPS)})"


def tour_text() -> str:
    """Return all steps as lines of at most 76 columns."""
    parts = (
        f"{step_heading(number)}\n{fill(step.text, 76)}"
        for number, step in enumerate(STEPS, start=1)
    )
    return "\n\n".join(parts)
