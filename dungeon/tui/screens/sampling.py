"""How words are sampled: every setting with a sentence, and the presets."""

from collections.abc import Awaitable, Iterator
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon.commands import sampling
from dungeon.commands.biased import NOT_SUPPORTED
from dungeon.commands.effects import CarryOut, Effect, OpenView, View
from dungeon.generator.word_bias import BIASED_WORDS as _BIASED
from dungeon.settings.sampling_fields import FIELDS, SamplingField, find_field
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.setting_list_screen import SettingListScreen
from dungeon.tui.widgets.setting_list import setting_option
from dungeon.turns.game import Game

_PRESET, _BANNED = "preset", "banned"
_EDITORS = {_BANNED: View.BANNED, _BIASED: View.BIASED}
"""The lists of words, and the editors that Enter opens."""


class SamplingScreen(SettingListScreen):
    """A list of the preset, the settings and the lists of words. Changes hold at once."""

    HEADING = "How words are sampled"
    LIST_ID = "sampling"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_highlighted", "Type it", id="sampling.type"),
        Binding("d", "reset", "Default", id="sampling.default"),
        Binding("s", "save", "Save as preset", id="sampling.save"),
        Binding("x", "delete", "Delete preset", id="sampling.delete"),
        Binding("escape,q,f3", "dismiss", "Back", id="sampling.back"),
    ]

    def __init__(self, game: Game, carry_out: CarryOut) -> None:
        """`carry_out` takes the effects of commands."""
        super().__init__()
        self._game = game
        self._carry_out = carry_out

    def lines(self) -> Iterator[Option]:
        """Yield the preset, the settings and the lists of words."""
        settings = self._game.generation_settings
        presets = settings.presets
        yield setting_option(_PRESET, presets.chosen, "", "What all settings begin with.")
        for field in FIELDS:
            value = field.value_in(settings.sampling)
            summary = sampling.summary_of(field, self._game)
            yield setting_option(field.name, f"{value:g}", f"{field.default:g}", summary)
        count = f"{len(settings.banned_phrases):,}"
        yield setting_option(_BANNED, count, "", "Phrases that no reply says; Enter shows them.")
        count = f"{len(settings.biased_words):,}"
        about = "Words that replies use more or less often; Enter shows them."
        if _BIASED in sampling.ignored_settings(self._game):
            about = NOT_SUPPORTED
        yield setting_option(_BIASED, count, "", about)

    async def action_step(self, direction: int) -> None:
        """Change the highlighted setting by one step."""
        if self.highlighted_id == _PRESET:
            await self._take_next_preset(direction)
        elif self.highlighted_id not in _EDITORS:
            field = find_field(self.highlighted_id)
            value = field.value_in(self._game.generation_settings.sampling)
            await self._change(field, f"{field.step_from(value, direction):g}")

    async def action_reset(self) -> None:
        """Give the highlighted setting its default value."""
        if self.highlighted_id not in (_PRESET, *_EDITORS):
            await self._change(find_field(self.highlighted_id), "default")

    @on(OptionList.OptionSelected)
    async def _select(self) -> None:
        if self.highlighted_id in _EDITORS:
            await self._carry_out(OpenView(_EDITORS[self.highlighted_id]))
        elif self.highlighted_id == _PRESET:
            await self._take_next_preset(1)
        else:
            self._ask_for_value(find_field(self.highlighted_id))

    @work(exclusive=True, exit_on_error=False)
    async def _ask_for_value(self, field: SamplingField) -> None:
        value = f"{field.value_in(self._game.generation_settings.sampling):g}"
        question = f"{field.name}, from {field.minimum:g} to {field.maximum:g}"
        typed = await self.app.push_screen_wait(InputDialog(question, value, field.summary))
        if typed is not None:
            self.run_to_end(self._change(field, typed))

    @work(exclusive=True, exit_on_error=False)
    async def action_save(self) -> None:
        """Save all settings as a preset of the player's own."""
        chosen = self._game.generation_settings.presets.chosen
        own = self._game.generation_settings.presets.own
        question = InputDialog(
            "The name of the preset", chosen if chosen in own else "", "Save these settings"
        )
        name = await self.app.push_screen_wait(question)
        if name is not None:
            self.run_to_end(self._run_preset(f"save {name}"))

    async def action_delete(self) -> None:
        """Delete the preset that is chosen, if it is the player's own."""
        await self._run_preset(f"delete {self._game.generation_settings.presets.chosen}")

    async def _take_next_preset(self, direction: int) -> None:
        presets = self._game.generation_settings.presets
        at = presets.names.index(presets.chosen) + direction
        await self._run_preset(presets.names[at % len(presets.names)])

    async def _change(self, field: SamplingField, text: str) -> None:
        await self.attempt(self._run(sampling.sampling(self._game, f"{field.name} {text}")))

    async def _run_preset(self, argument: str) -> None:
        await self.attempt(self._run(sampling.preset(self._game, argument)))

    async def _run(self, effect: Awaitable[Effect]) -> None:
        await self._carry_out(await effect)
