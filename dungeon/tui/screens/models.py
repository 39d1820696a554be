"""Choose the model, the sampling preset and the length of replies."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon.chat import FORMAT_NOTES, FormatChoice
from dungeon.commands.guidance import NOT_SUPPORTED
from dungeon.commands.prompt_format import NO_TEMPLATE, set_format
from dungeon.errors import GrueError
from dungeon.generator.prompt_format import prompt_format
from dungeon.generator.server_detection import FoundModel
from dungeon.models.catalog import find_entry
from dungeon.models.overview import ModelSummary, about_model, describe, summarise
from dungeon.session.generation_defaults import guidance_for, reply_tokens_for
from dungeon.session.model_loader import LoadState, Stage
from dungeon.settings.presets import Presets
from dungeon.text import clean_line
from dungeon.threads import run_in_thread
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.services import Services
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.model_status import ModelStatus
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic

LENGTHS = {"brief": 24, "short": 35, "middling": 80, "long": 140}
"""The lengths of a reply, in tokens, by name."""

GUIDANCE = {
    "off": (1.0, "what suits a model trained to respond"),
    "gentle": (1.25, "a little more"),
    "firm": (1.5, "what suits other models; half as fast"),
    "strong": (2.0, "whatever it costs the story"),
}
"""The guidance scales by name, each with a note."""

_PRESET_NOTES = {
    "storyteller": "lively, and seldom lost",
    "steady": "calm and close to the story",
    "wild": "bold; anything may happen",
    "classic": "as the game of 2019 had it",
}


class ModelsScreen(GrueScreen[None]):
    """The models of the catalog, an input for any other, the presets and the lengths."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "Next", show=True),
        Binding("t", "measure_speed", "Speed test", id="models.speed"),
        Binding("x", "cancel_download", "Cancel download", id="models.cancel"),
        Binding("escape", "dismiss", "Back", id="models.back"),
    ]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._served: list[FoundModel] = []
        self._summaries: dict[str, ModelSummary] = {}

    def compose(self) -> ComposeResult:
        """Yield the lists."""
        yield SafeStatic("Who tells the story", classes="heading")
        with VerticalScroll(classes="form", can_focus=False):
            yield OptionList(id="models", markup=False, compact=True)
            yield SafeStatic(id="about", classes="label")
            yield SafeStatic(
                "Any other: a .gguf file, a folder, or a server's URL", classes="label"
            )
            yield SafeInput(id="reference", compact=True, placeholder="http://127.0.0.1:8080")
            yield ModelStatus()
            yield SafeStatic("How boldly", classes="label")
            yield OptionList(id="presets", markup=False, compact=True)
            yield SafeStatic("How closely it follows your action", id="guidance", classes="label")
            yield OptionList(id="guidances", markup=False, compact=True)
            yield SafeStatic("How its prompts are written", id="format", classes="label")
            yield OptionList(id="formats", markup=False, compact=True)
            yield SafeStatic("How long a reply is", classes="label")
            yield OptionList(id="lengths", markup=False, compact=True)
        yield KeyFooter()

    def on_mount(self) -> None:
        """Show the current choices."""
        self._show_status(self._services.model_loader.state)
        self._show_choices()
        self.list_models()
        self.find_servers()
        self.query_one("#models", OptionList).focus()

    def show_load_state(self, state: LoadState) -> None:
        """Show how far the loading of the model is, and which engine runs it."""
        self._show_status(state)
        if state.stage is Stage.READY:  # or its speed was measured
            self.list_models()
            self._show_format(self._services.settings.format_for(self._services.model_reference))

    def _show_status(self, state: LoadState) -> None:
        if state.stage is Stage.READY and (engine := self._services.model_loader.engine):
            state = replace(state, sentence=f"{state.sentence}, in {engine}")
        self.query_one(ModelStatus).show(state)
        self.refresh_bindings()

    @work(group="servers", exclusive=True, exit_on_error=False)
    async def find_servers(self) -> None:
        """Add the models of the servers that run on this machine, once these have answered."""
        self._served = await self._services.find_served_models()
        if self._served:
            self._show_models()

    @work(exclusive=True, exit_on_error=False)
    async def list_models(self) -> None:
        """Read the state of the models of the catalog, and list them."""
        folder, length = self._services.home.models, self._services.settings.context_length
        self._summaries = await run_in_thread(_summaries, folder, length)
        self._show_models()

    def _show_models(self) -> None:
        """List the models of the catalog, once they are read, and those of servers here."""
        if not self._summaries:
            return
        reference, models = self._services.model_reference, list(self._summaries.values())
        rows = _models(reference, models, self._served, is_narrow=self.has_class("-narrow"))
        _fill(self.query_one("#models", OptionList), rows)

    def on_resize(self) -> None:
        """Fit the rows of the models to the new width; nothing is read again for that."""
        self.call_after_refresh(self._show_models)

    @on(OptionList.OptionHighlighted, "#models")
    def _show_about(self, event: OptionList.OptionHighlighted) -> None:
        model = self._summaries.get(event.option_id or "")
        self.query_one("#about", SafeStatic).update(about_model(model) if model else "")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to cancel only what is under way."""
        return action != "cancel_download" or self._services.is_changing_model

    def action_measure_speed(self) -> None:
        """Measure how fast the default model writes here; the others' speeds follow from it."""
        self._services.measure_speed()

    def action_cancel_download(self) -> None:
        """End the download of another model."""
        self._services.cancel_model_change()

    def _show_choices(self) -> None:
        settings, model = self._services.settings, self._services.model_reference
        names = Presets(settings.presets).names
        presets = {name: _PRESET_NOTES.get(name, "your own") for name in names}
        lengths = {name: f"about {tokens} tokens" for name, tokens in LENGTHS.items()}
        tokens = reply_tokens_for(settings, model)
        length = next((name for name, each in LENGTHS.items() if each == tokens), "")
        _fill(self.query_one("#presets", OptionList), _choices(presets, settings.preset))
        self._show_guidance(guidance_for(settings, model))
        self._show_format(settings.format_for(model))
        _fill(self.query_one("#lengths", OptionList), _choices(lengths, length))

    def _show_format(self, choice: FormatChoice) -> None:
        loader = self._services.model_loader
        _fill(self.query_one("#formats", OptionList), _choices(FORMAT_NOTES, choice))
        label = "How its prompts are written"
        if choice == "chat" and not loader.supports_chat:
            label += f". {NO_TEMPLATE}"
        elif loader.is_ready:
            label += f": now as {prompt_format(choice, loader)}"
        self.query_one("#format", SafeStatic).update(label)

    def _show_guidance(self, scale: float) -> None:
        notes = {name: note for name, (_, note) in GUIDANCE.items()}
        chosen = next((name for name, (each, _) in GUIDANCE.items() if each == scale), "")
        _fill(self.query_one("#guidances", OptionList), _choices(notes, chosen))
        label = "How closely it follows your action"
        if not self._services.model_loader.supports_guidance:
            label += f". {NOT_SUPPORTED}"
        self.query_one("#guidance", SafeStatic).update(label)

    # Choosing.

    @on(OptionList.OptionSelected, "#models")
    def _choose_model(self, event: OptionList.OptionSelected) -> None:
        self._use(event.option_id or "")

    @on(SafeInput.Submitted, "#reference")
    def _choose_other(self, event: SafeInput.Submitted) -> None:
        if event.value.strip():
            self._use(event.value.strip())

    def _use(self, reference: str) -> None:
        self._services.use_model(reference)

    @on(OptionList.OptionSelected, "#presets")
    async def _choose_preset(self, event: OptionList.OptionSelected) -> None:
        name = event.option_id or ""
        await self._change_settings(preset=name)
        if game := self._services.game:
            game.generation_settings = game.generation_settings.with_preset(name)

    @on(OptionList.OptionSelected, "#guidances")
    async def _choose_guidance(self, event: OptionList.OptionSelected) -> None:
        scale, _ = GUIDANCE[event.option_id or ""]
        await self._change_settings(guidance=scale)
        if game := self._services.game:
            sampling = replace(game.generation_settings.sampling, guidance=scale)
            game.generation_settings = replace(game.generation_settings, sampling=sampling)

    @on(OptionList.OptionSelected, "#formats")
    async def _choose_format(self, event: OptionList.OptionSelected) -> None:
        choice = next(name for name in FORMAT_NOTES if name == event.option_id)
        await self._change_settings(prompt_format=choice)
        if game := self._services.game:
            set_format(game, choice)

    @on(OptionList.OptionSelected, "#lengths")
    async def _choose_length(self, event: OptionList.OptionSelected) -> None:
        tokens = LENGTHS[event.option_id or ""]
        await self._change_settings(reply_tokens=tokens)
        if game := self._services.game:
            game.generation_settings = replace(game.generation_settings, reply_tokens=tokens)

    async def _change_settings(self, **changes: object) -> None:
        try:
            await self._services.change_settings(**changes)
        except GrueError as error:
            self._services.notify(str(error), severity="warning")
        self._show_choices()


def _fill(listing: OptionList, options: list[tuple[str, Content, bool]]) -> None:
    """Fill `listing`; keep the highlight, or else highlight what is chosen."""
    highlighted = listing.highlighted
    listing.set_options(Option(shown, id=name) for name, shown, _ in options)
    chosen = next((position for position, option in enumerate(options) if option[2]), 0)
    listing.highlighted = chosen if highlighted is None else highlighted


def _choices(names: Mapping[Any, str], chosen: str) -> list[tuple[str, Content, bool]]:
    return [
        (name, _row(name, note, name == chosen), name == chosen) for name, note in names.items()
    ]


def _row(name: str, note: str, chosen: bool, *, is_narrow: bool = False) -> Content:
    """Return a row; where it is narrow, the note stands below the name."""
    mark = ("● ", "$primary") if chosen else "  "
    shown = f"{name}\n  " if is_narrow else f"{name:<24}"
    return Content.assemble(mark, shown, (note, "$text-muted"))


def _summaries(folder: Path, context_length: int) -> dict[str, ModelSummary]:
    models = summarise(folder, context_length=context_length)
    return {model.entry.name: model for model in models}


def _models(
    reference: str,
    models: list[ModelSummary],
    served: Sequence[FoundModel],
    *,
    is_narrow: bool,
) -> list[tuple[str, Content, bool]]:
    entry = find_entry(reference)
    rows = []
    for model in models:
        is_chosen = model.entry is entry
        row = _row(model.entry.title, describe(model), is_chosen, is_narrow=is_narrow)
        rows.append((model.entry.name, row, is_chosen))
    for each in served:
        is_chosen = each.reference == reference
        note = f"{each.server.program}, on this machine"
        row = _row(each.name, note, is_chosen, is_narrow=is_narrow)
        rows.append((each.reference, row, is_chosen))
    if not any(is_chosen for *_, is_chosen in rows):
        row = _row(clean_line(reference), "your own", chosen=True, is_narrow=is_narrow)
        rows.append((reference, row, True))
    return rows
