"""Provides a grue that shows a turn before it saves it: what the kill harness must catch.

Run as a program with grue's arguments. A turn reaches the disk only when the next one comes, or
when the game is left; everything else is the real game.
"""

from dungeon.cli import main
from dungeon.saves import library
from dungeon.story import Turn


class LateLibrary(library.Library):
    """Holds each turn back until there is another."""

    _held: tuple[str, Turn, str | None] | None = None

    def append(self, adventure_id: str, turn: Turn, *, expected_head: str | None) -> None:
        """Save the turn before, and hold this one."""
        self._save_held()
        self._held = (adventure_id, turn, expected_head)

    def move_head(
        self, adventure_id: str, *, head: str | None, tip: str | None, expected_head: str | None
    ) -> None:
        """Save what is held, so that there is a turn to move from."""
        self._save_held()
        super().move_head(adventure_id, head=head, tip=tip, expected_head=expected_head)

    def close(self) -> None:
        """Save what is held."""
        self._save_held()
        super().close()

    def _save_held(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            adventure_id, turn, expected_head = held
            super().append(adventure_id, turn, expected_head=expected_head)


if __name__ == "__main__":
    library.Library = LateLibrary  # type: ignore[misc]
    main()
