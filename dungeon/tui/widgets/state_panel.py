"""The state beside the story where the screen is wide, and one line of it where it is not."""

from abc import abstractmethod

from textual.content import Content

from dungeon import state
from dungeon.commands.state import hidden_from_model, open_suggestions
from dungeon.session.state_view import entry_text, groups, notice
from dungeon.tui.widgets.safe_text import SafeStatic
from dungeon.turns.game import Game


class StateWidget(SafeStatic):
    """Shows something of the state of a game, and draws it anew only where it has changed."""

    _shown: object = None

    def show(self, game: Game) -> None:
        """Show the state at the head of `game`, once the story is painted: looking for changes in
        it for the first time takes a while.
        """
        self.call_after_refresh(self._show, game)

    def _show(self, game: Game) -> None:
        settings = game.generation_settings
        if (shown := (game.adventure, settings.state, settings.state_line)) != self._shown:
            self._shown = shown
            text = self.render_state(game)
            self.set_class(bool(text), "-known")  # the style sheet shows it where there is room
            self.update(text)

    @abstractmethod
    def render_state(self, game: Game) -> Content:
        """Return what to show; nothing hides the widget."""


class StatePanel(StateWidget):
    """Everything that is true, and what waits to be confirmed."""

    def render_state(self, game: Game) -> Content:
        """Return the whole panel; it is hidden while there is nothing in it, or switched off."""
        if game.generation_settings.state == "off":
            return Content("")
        lines: list[tuple[str, str]] = []
        now = state.state_at(game.adventure)
        for heading, entries in groups(now):
            lines.append((heading, "$primary"))
            lines += [(f"  {entry_text(entry)}", "") for entry in entries]
        if hidden := hidden_from_model(game, now.entries):
            lines += [("", ""), (hidden, "$text-muted")]
        if found := open_suggestions(game):
            lines += [("", "")] if lines else []
            new = state.offered(game.adventure, found)
            lines += [("Found · F9 confirms", "$secondary")]
            lines += [(f"? {state.sentence_of(one.change)}", "") for one in new]
            if older := len(found) - len(new):
                lines += [(f"? {older} from earlier · F8 shows", "")]
        if lines:
            lines += [("", ""), ("F8 corrects and adds", "$text-muted")]
        return Content("\n").join(Content.styled(text, style) for text, style in lines)


class StateNotice(StateWidget):
    """What waits to be confirmed, in one line."""

    def render_state(self, game: Game) -> Content:
        """Return the line; nothing waits, nothing is shown."""
        text = notice(game)
        return Content(f"? {text}  F9 confirms, F8 shows" if text else "")
