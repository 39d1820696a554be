"""Write the prompt's text in the player's own editor, while the app is suspended."""

from typing import Any

from textual.app import App, SuspendNotSupported

from dungeon.errors import InputRefused
from dungeon.files.external_editor import write_in_editor


def edit_suspended(app: App[Any], text: str) -> str:
    """Return `text` as the player has changed it. Raises InputRefused.

    The event loop waits: while another program has the terminal, nothing may be drawn.
    """
    written: str | InputRefused
    try:
        with app.suspend():
            try:
                written = write_in_editor(text)
            except InputRefused as error:
                written = error  # an error that leaves suspend() would leave the app suspended
    except SuspendNotSupported as error:
        raise InputRefused("This terminal cannot be handed to an editor.") from error
    if isinstance(written, InputRefused):
        raise written
    return written
