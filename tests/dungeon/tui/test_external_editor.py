"""Test that the screen comes back after the player's editor, also where it fails."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from textual.app import App

from dungeon.errors import InputRefused
from dungeon.tui.external_editor import edit_suspended


class SuspendableApp:
    """Stands in for an app; as Textual's, it resumes only where no error leaves `suspend`."""

    is_suspended = False

    @contextmanager
    def suspend(self) -> Iterator[None]:
        self.is_suspended = True
        yield
        self.is_suspended = False


@pytest.mark.parametrize(
    ("editor", "refusal"), [("", "No editor is set"), ("false", "ended with code 1")]
)
def test_an_editor_that_fails_gives_the_screen_back(
    monkeypatch: pytest.MonkeyPatch, editor: str, refusal: str
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor)
    app = SuspendableApp()
    with pytest.raises(InputRefused, match=refusal):
        edit_suspended(cast("App[Any]", app), "draft")
    assert not app.is_suspended
