"""Numbers with their nouns: `1 turn`, `1,234 turns`, `turns 1 to 4`."""


def count(number: int, one: str, many: str = "") -> str:
    """Return `number` with its noun; `many` is the plural where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def numbered(most: int, one: str, many: str = "") -> str:
    """Return which numbers there are: `There are turns 1 to 4`, `There is only turn 1`."""
    return f"There are {many or one + 's'} 1 to {most:,}" if most > 1 else f"There is only {one} 1"
