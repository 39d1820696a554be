"""What both front ends say of branches: checkpoints, and how two branches compare."""

from dungeon.session.views import count_of_turns, summary_of_turn
from dungeon.story import Adventure, branching, checkpoints, render_transcript
from dungeon.story.branching import Comparison

NO_CHECKPOINTS = "There are no checkpoints yet. /checkpoint NAME names the current turn."


def checkpoint_lines(adventure: Adventure) -> list[str]:
    """Return a line for each row of checkpoints: the name and the turn, and of a name that stands
    on several lines the branch, where it is not the line that is played.
    """
    width = max(map(len, adventure.checkpoints), default=0)
    branches = branching.numbers_of_branches(adventure)
    lines = []
    for row in checkpoints.rows(adventure):
        summary = summary_of_turn(adventure.turns[row.turn_id])
        place = f"(branch {branches[row.turn_id]:,}) " if row.is_elsewhere else ""
        lines.append(f"{row.name:<{width}}  {place}{summary}")
    return lines


def where_they_part(comparison: Comparison) -> str:
    """Return a sentence on what two branches share."""
    if not comparison.shared:
        return "They share no turn."
    last = summary_of_turn(comparison.shared[-1])
    shared = count_of_turns(len(comparison.shared))
    return f"They share {shared} and part after: {last}"


def continuations(comparison: Comparison) -> tuple[str, str]:
    """Return how the two branches go on from where they part."""
    nothing = "(It ends where they part.)"
    return (
        render_transcript(comparison.left) or nothing,
        render_transcript(comparison.right) or nothing,
    )


def comparison_text(comparison: Comparison) -> str:
    """Return a comparison as one text, one branch after the other."""
    left, right = continuations(comparison)
    counts = [count_of_turns(len(each)) for each in (comparison.left, comparison.right)]
    return "\n\n".join(
        [
            where_they_part(comparison),
            f"--- {comparison.left_name} goes on for {counts[0]}:",
            left,
            f"--- {comparison.right_name} goes on for {counts[1]}:",
            right,
        ]
    )


def name_before(summary: str, name: str | None) -> str:
    """Return a turn's summary with its checkpoint's name before it, where it has one."""
    return f"[{name}] {summary}" if name else summary
