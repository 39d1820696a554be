"""Which screen shows which view. Each screen is imported when it is first shown."""

from textual.screen import Screen

from dungeon.commands.checkpoints import find_comparison
from dungeon.commands.effects import CarryOut, View
from dungeon.session.turn_editors import find_editor
from dungeon.session.views import EDITORS
from dungeon.tui.services import Services
from dungeon.turns.game import Game


def create_screen(
    view: View,
    argument: str,
    services: Services,
    carry_out: CarryOut,
) -> Screen[None] | None:
    """Return the screen for `view`, or None where there is nothing to show.

    `argument` is what was typed behind the command; `carry_out` takes the effect of an editor.
    """
    match view:
        case View.HELP:
            from dungeon.tui.screens.help import HelpScreen

            return HelpScreen(services.settings.keys)
        case View.NEW:
            from dungeon.tui.screens.scenario_picker import ScenarioPicker

            return ScenarioPicker(services)
        case View.SAVES | View.LOAD:
            from dungeon.tui.screens.saves import SavesScreen

            return SavesScreen(services, argument)
        case View.SORTED_SAVES:
            from dungeon.tui.screens.saves import SavesScreen

            return SavesScreen(services, order=argument)
        case View.IMPORT:
            from dungeon.tui.screens.importing import ImportScreen

            return ImportScreen(services, argument)
        case View.MODELS:
            from dungeon.tui.screens.models import ModelsScreen

            return ModelsScreen(services)
        case View.TOUR:
            from dungeon.tui.screens.tour import TourDialog

            return TourDialog()
        case View.SETTINGS:
            from dungeon.tui.screens.settings import SettingsScreen

            return SettingsScreen(services)
    return _game_screen(view, argument, services.game, carry_out) if services.game else None


def _game_screen(view: View, argument: str, game: Game, carry_out: CarryOut) -> Screen[None] | None:
    """Return the screen for a view of the game that is being played, from which it may change."""
    match view:
        case View.LORE:
            from dungeon.tui.screens.lore import LoreScreen

            return LoreScreen(game, carry_out, argument)
        case View.SUMMARY:
            from dungeon.tui.screens.summary import SummaryScreen

            return SummaryScreen(game, carry_out)
        case View.STATE:
            from dungeon.tui.screens.state import StateScreen

            return StateScreen(game, carry_out)
        case View.ATTRIBUTES:
            from dungeon.tui.screens.attributes import AttributesScreen

            return AttributesScreen(game, carry_out)
        case View.BRANCHES:
            from dungeon.tui.screens.branches import BranchesScreen

            return BranchesScreen(game, argument, carry_out)
        case View.CHECKPOINTS:
            from dungeon.tui.screens.checkpoints import CheckpointsScreen

            return CheckpointsScreen(game, carry_out)
        case _ if view in EDITORS:
            from dungeon.tui.screens.text_editor import TextEditor

            editor = find_editor(view, argument, game)

            async def save(text: str) -> None:
                await carry_out(await editor.save(game, text))

            return TextEditor(editor.title, editor.hint, editor.text(game), save)
    return _model_screen(view, argument, game, carry_out)


def _model_screen(
    view: View, argument: str, game: Game, carry_out: CarryOut
) -> Screen[None] | None:
    """Return the screen for a view of what the model does with the game."""
    match view:
        case View.SUGGESTIONS:
            from dungeon.tui.screens.suggestions import SuggestionsDialog

            return SuggestionsDialog(game, carry_out)
        case View.ALTERNATIVES:
            from dungeon.tui.screens.alternatives import AlternativesScreen

            return AlternativesScreen(game, carry_out)
        case View.SAMPLING:
            from dungeon.tui.screens.sampling import SamplingScreen

            return SamplingScreen(game, carry_out)
        case View.SCRIPTS:
            from dungeon.tui.screens.scripts import ScriptsScreen

            return ScriptsScreen(game, carry_out)
    return _reading_screen(view, argument, game)


def _reading_screen(view: View, argument: str, game: Game) -> Screen[None] | None:
    """Return the screen for a view that changes nothing."""
    match view:
        case View.CONTEXT:
            from dungeon.tui.screens.context import ContextScreen

            return ContextScreen(game)
        case View.COMPARISON:
            from dungeon.tui.screens.comparison import ComparisonScreen

            return ComparisonScreen(find_comparison(game, argument))
        case View.STORY:
            from dungeon.tui.screens.transcript import TranscriptScreen

            return TranscriptScreen(game.adventure)
    return None
