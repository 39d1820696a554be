"""Provides ModelsScreen: who tells the story, how boldly, and at what length.

Knows nothing of how a model is fetched or run.
"""

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Footer, OptionList
from textual.widgets.option_list import Option

from dungeon.errors import GrueError
from dungeon.sampling import PRESETS, get_preset
from dungeon.text import clean_line
from dungeon.threads import run_in_thread
from dungeon.tui.model_loader import State
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.widgets.model_status import ModelStatus
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic

LENGTHS = {"short": 40, "middling": 80, "long": 140}
"""How many tokens a reply may aim at, by name."""

_MANNERS = {
    "storyteller": "lively, and seldom lost",
    "steady": "calm and close to the story",
    "wild": "bold; anything may happen",
    "classic": "as the game of 2019 had it",
}


class ModelsScreen(GrueScreen[None]):
    """The models known by name, a line for any other, the presets and the lengths."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "Next", show=True),
        Binding("escape", "dismiss", "Back", id="models.back"),
    ]

    def compose(self) -> ComposeResult:
        """Yield the lists."""
        yield SafeStatic("Who tells the story", classes="heading")
        with VerticalScroll(classes="form", can_focus=False):
            yield OptionList(id="models", markup=False, compact=True)
            yield SafeStatic(
                "Any other: a .gguf file, a folder, or a server's URL", classes="label"
            )
            yield SafeInput(id="reference", compact=True, placeholder="http://127.0.0.1:8080")
            yield ModelStatus()
            yield SafeStatic("How boldly", classes="label")
            yield OptionList(id="presets", markup=False, compact=True)
            yield SafeStatic("How long a reply is", classes="label")
            yield OptionList(id="lengths", markup=False, compact=True)
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Show what is chosen now."""
        self.show_engine(self.grue.engine.state)
        self._show_choices()
        self.look()
        self.query_one("#models", OptionList).focus()

    def show_engine(self, state: State) -> None:
        """Tell how far the model has come."""
        self.query_one(ModelStatus).show(state)

    @work(exclusive=True, exit_on_error=False)
    async def look(self) -> None:
        """List the models known by name, and how far each one has come."""
        reference, folder = self.grue.session.model, self.grue.session.home.models
        rows = await run_in_thread(lambda: _models(reference, folder))
        _fill(self.query_one("#models", OptionList), rows)

    def _show_choices(self) -> None:
        settings = self.grue.session.settings
        presets = {name: _MANNERS.get(name, "") for name in PRESETS}
        lengths = {name: f"about {tokens} tokens" for name, tokens in LENGTHS.items()}
        length = next((n for n, t in LENGTHS.items() if t == settings.reply_tokens), "")
        _fill(self.query_one("#presets", OptionList), _choices(presets, settings.preset))
        _fill(self.query_one("#lengths", OptionList), _choices(lengths, length))

    # Choosing.

    @on(OptionList.OptionSelected, "#models")
    def _choose_model(self, event: OptionList.OptionSelected) -> None:
        self._use(event.option_id or "")

    @on(SafeInput.Submitted, "#reference")
    def _choose_other(self, event: SafeInput.Submitted) -> None:
        if event.value.strip():
            self._use(event.value.strip())

    @work(exclusive=True, group="use", exit_on_error=False)
    async def _use(self, reference: str) -> None:
        try:
            await self.grue.use_model(reference)
        except GrueError as error:
            self.grue.tell(str(error), wrong=True)
        self.look()

    @on(OptionList.OptionSelected, "#presets")
    def _choose_preset(self, event: OptionList.OptionSelected) -> None:
        name = event.option_id or ""
        self._keep("preset", name)
        if playing := self.grue.playing:
            playing.game.style = replace(playing.game.style, sampling=get_preset(name))

    @on(OptionList.OptionSelected, "#lengths")
    def _choose_length(self, event: OptionList.OptionSelected) -> None:
        tokens = LENGTHS[event.option_id or ""]
        self._keep("reply_tokens", tokens)
        if playing := self.grue.playing:
            playing.game.style = replace(playing.game.style, reply_tokens=tokens)

    def _keep(self, setting: str, value: object) -> None:
        try:
            self.grue.session.choose(**{setting: value})
        except GrueError as error:
            self.grue.tell(str(error), wrong=True)
        self._show_choices()


def _fill(listing: OptionList, options: list[tuple[str, Content, bool]]) -> None:
    """Fill `listing`, and stand where it stood, or else at what is chosen."""
    stood = listing.highlighted
    listing.set_options(Option(shown, id=name) for name, shown, _ in options)
    chosen = next((place for place, option in enumerate(options) if option[2]), 0)
    listing.highlighted = chosen if stood is None else stood


def _choices(names: dict[str, str], chosen: str) -> list[tuple[str, Content, bool]]:
    return [
        (name, _row(name, more, name == chosen), name == chosen) for name, more in names.items()
    ]


def _row(name: str, more: str, chosen: bool) -> Content:
    mark = ("● ", "$primary") if chosen else "  "
    return Content.assemble(mark, f"{name:<24}", (more, "$foreground 55%"))


def _models(reference: str, folder: Path) -> list[tuple[str, Content, bool]]:
    from dungeon.models.catalog import catalog
    from dungeon.models.resolver import preparation_state

    known = catalog()
    chosen = known.default if reference in ("", "default") else reference
    rows = []
    for entry in known.entries.values():
        state = preparation_state(entry, folder)
        details = f"{entry.bytes // 1_000_000} MB · {entry.licence} · {state}"
        is_chosen = entry.name == chosen
        rows.append((entry.name, _row(entry.title, details, is_chosen), is_chosen))
    if chosen not in known.entries:
        rows.append((chosen, _row(clean_line(chosen), "your own", chosen=True), True))
    return rows
