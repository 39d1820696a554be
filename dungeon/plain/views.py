"""Say in lines of text what the screen opens a view for."""

import textwrap
from collections.abc import Callable, Sequence

from dungeon import scenarios
from dungeon.commands.alternatives import score_reply
from dungeon.commands.checkpoints import find_comparison
from dungeon.commands.effects import View
from dungeon.commands.prompt_format import describe_format
from dungeon.commands.sampling import summary_of
from dungeon.commands.suggestions import NO_IDEA, suggestion_lines, write_suggestions
from dungeon.commands.table import COMMANDS
from dungeon.generator.server_detection import FoundModel
from dungeon.models.overview import describe, summarise
from dungeon.session import Session
from dungeon.session.alternative_views import alternative_lines
from dungeon.session.branch_views import (
    NO_CHECKPOINTS,
    checkpoint_lines,
    comparison_text,
    name_before,
)
from dungeon.session.dice_view import attributes_text
from dungeon.session.lore_view import lore_text, selection_lines
from dungeon.session.model_loader import load_sentence
from dungeon.session.script_views import HINT, active_setting_lines, script_lines
from dungeon.session.search_view import HOW_TO_OPEN, hit_lines, no_hits
from dungeon.session.setting_fields import settings_text, themes_text
from dungeon.session.state_view import state_text
from dungeon.session.summary_view import describe as describe_summary
from dungeon.session.summary_view import summary_text
from dungeon.session.tour import tour_text
from dungeon.session.turn_editors import find_editor
from dungeon.session.views import (
    EDITORS,
    PART_NAMES,
    context_summary,
    count_of_turns,
    note_place,
    quotation_reason,
    search_problem,
    summary_of_turn,
)
from dungeon.settings.sampling_fields import FIELDS
from dungeon.story import Question, branching, labels
from dungeon.threads import run_in_thread
from dungeon.turns.game import Game

INPUT_HELP = """\
Type what you do:        open the door
Say something:           "Who is there?"
Let the story go on:     an empty line
"""


async def view_text(view: View, argument: str, game: Game, session: Session) -> str:
    """Return the text of `view`; `argument` is what the player typed behind its command.

    The model is asked for some of them. Raises GrueError.
    """
    match view:
        case View.SUGGESTIONS:
            return "\n".join(suggestion_lines(await write_suggestions(game))) or NO_IDEA
        case View.ALTERNATIVES:
            lines = alternative_lines(await score_reply(game))
            return "\n".join([*lines, "", "Write anew with /rewrite N [WORD]."])
        case View.MODELS:
            served = await session.find_served_models()
            return await run_in_thread(_models, game, session, served)
        case View.SAVES:
            return await _saves(session, argument)
        case View.IMPORT:
            return await _import(session, argument)
        case _:
            return _text_at_hand(view, argument, game, session)


def _text_at_hand(view: View, argument: str, game: Game, session: Session) -> str:
    if view in EDITORS:
        return _editor(view, argument, game)
    texts: dict[View, Callable[[], str]] = {
        View.HELP: _help,
        View.SUMMARY: lambda: summary_text(game, argument),
        View.LORE: lambda: lore_text(game, argument),
        View.STATE: lambda: state_text(game),
        View.ATTRIBUTES: lambda: attributes_text(game.adventure.dice),
        View.CONTEXT: lambda: _context(game),
        View.BRANCHES: lambda: _branches(game),
        View.TURNS: lambda: _turns(game),
        View.CHECKPOINTS: lambda: _checkpoints(game),
        View.COMPARISON: lambda: _comparison(game, argument),
        View.SAMPLING: lambda: _sampling(game),
        View.SCRIPTS: lambda: "\n".join([*script_lines(game.scripts), "", HINT]),
        View.LOAD: lambda: _listed(session),
        View.SORTED_SAVES: lambda: _listed(session, order=argument),
        View.SETTINGS: lambda: _settings(game, session),
        View.TOUR: tour_text,
        View.THEMES: lambda: themes_text(session.settings, session.home),
    }
    return texts.get(view, lambda: _scenarios(session))()


def _models(game: Game, session: Session, served: Sequence[FoundModel]) -> str:
    """Return the models of the catalog, those of servers on this machine, and which one plays."""
    models = summarise(session.home.models, context_length=session.settings.context_length)
    lines = [f"{model.entry.name:<14} {describe(model)}" for model in models]
    lines += [f"{each.reference}  {each.server.program}" for each in served]
    if session.loading is not None and session.loading.state.sentence:
        lines += ["", f"{load_sentence(session.loading.state)}."]
    engine = f", in {session.model_loader.engine}" if session.model_loader.engine else ""
    playing = f"The model is {game.generator.model.name}{engine}."
    used = describe_format(game)
    return "\n".join([*lines, "", f"{playing} Change it with /model NAME.", used])


def _editor(view: View, argument: str, game: Game) -> str:
    editor = find_editor(view, argument, game)
    text = editor.text(game)
    shown = f"{editor.title}:\n{text}" if text else f"{editor.title}: nothing yet."
    return f"{shown}\n\n{editor.how or f'Change it with /{editor.command} TEXT.'}"


def _help() -> str:
    width = max(len(command.syntax) for command in COMMANDS)
    lines = (f"{command.syntax:<{width}}  {command.summary}" for command in COMMANDS)
    return INPUT_HELP + "\n" + "\n".join(lines)


def _context(game: Game) -> str:
    context = game.context
    if context is None:
        return "Nothing has been told to the model yet."
    parts = (f"{PART_NAMES[part.name]:<14}{part.tokens:>6} tokens" for part in context.parts)
    quoted = map(quotation_reason, context.quoted)
    problem = filter(None, [search_problem(context)])
    lore = selection_lines(context.lore)
    summary = textwrap.wrap(context_summary(context), 76)
    told = [
        f"Summary: {describe_summary(game.adventure, made)}." for made in [context.summary] if made
    ]
    if place := note_place(context):
        told.append(f"Author's note: {place}.")
    return "\n".join([*parts, *summary, *told, *lore, *quoted, *problem])


def _branches(game: Game) -> str:
    adventure = game.adventure
    here = {turn.id for turn in adventure.path()}
    names = branching.names_of_turns(adventure)
    lines = []
    for number, end in enumerate(adventure.branch_ends(), start=1):
        mark = "*" if end.id in here else " "
        turns = count_of_turns(len(adventure.path_to(end.id)))
        summary = name_before(summary_of_turn(end), names.get(end.id))
        lines.append(f"{mark}{number:>4}  {turns:<12}  {summary}")
    return "\n".join([*lines, "", "Go to the end of one with /branches N. * is where you are."])


def _turns(game: Game) -> str:
    line = (*game.adventure.path(), *game.adventure.undone())  # as /goto numbers them
    names = branching.names_of_turns(game.adventure)
    lines = []
    for number, turn in enumerate(line, start=1):
        mark = "*" if turn.id == game.adventure.head else " "
        lines.append(f"{mark}{number:>4}  {name_before(summary_of_turn(turn), names.get(turn.id))}")
    return "\n".join(
        [*lines, "", "Go to one with /goto N, change it with /edit --turn N. * is where you are."]
    )


def _checkpoints(game: Game) -> str:
    lines = checkpoint_lines(game.adventure)
    how = "Go to one with /goto NAME."
    if len(lines) > len(game.adventure.checkpoints):
        how += " A name means the turn on your line; /branches N leads to another line."
    return "\n".join([*lines, "", how]) if lines else NO_CHECKPOINTS


def _comparison(game: Game, argument: str) -> str:
    return comparison_text(find_comparison(game, argument))


def _sampling(game: Game) -> str:
    settings = game.generation_settings
    presets, banned = settings.presets, len(settings.banned_phrases)
    lines = [f"Preset: {presets.describe(settings.sampling)} (of {', '.join(presets.names)})", ""]
    for field in FIELDS:
        value = field.value_in(settings.sampling)
        lines += [
            f"{field.name:<20}{value:<8g}(default {field.default:g})",
            f"    {summary_of(field, game)}",
        ]
    lines += ["", f"Banned phrases: {banned:,}; /banned lists them."]
    lines += [f"Biased words: {len(settings.biased_words):,}; /bias lists them."]
    return "\n".join(
        [*lines, "", "Change one with /sampling NAME VALUE; keep all with /preset save NAME."]
    )


async def _saves(session: Session, query: str) -> str:
    tag = labels.tag_query(query)
    if query and not tag:
        hits = await session.search(query)
        return "\n".join([*hit_lines(hits), "", HOW_TO_OPEN]) if hits else no_hits(query)
    return _listed(session, tag=tag)


def _listed(session: Session, *, order: str = "played", tag: str = "") -> str:
    found = session.library.summaries()
    titles = dict(zip((each.id for each in found), labels.titles(found), strict=True))
    lines = [
        f"{each.id}  {titles[each.id]} ({count_of_turns(each.turns)}) {labels.marks(each)}".rstrip()
        for each in labels.sort_summaries(labels.with_tag(found, tag), order)
    ]
    how = "Play one with /load ID or TITLE; search them with /search WORDS or #TAG; sort: /sort."
    return "\n".join([*lines, "", how])


def _settings(game: Game, session: Session) -> str:
    of_scripts = "\n".join(active_setting_lines(game.active_scripts))
    return f"{settings_text(session.settings)}\n\n{of_scripts}".rstrip()


async def _import(session: Session, path: str) -> str:
    if not path:
        return (
            "Import a story or a scenario of Grue or of another program with /import FILE; a pack "
            "of scenarios may be an address, too."
        )
    from dungeon.session import file_transfer

    if pack := await run_in_thread(file_transfer.find_pack, path):  # which may be downloaded
        stored = file_transfer.install_pack(pack, session.home)
    else:
        stored = file_transfer.import_file(path, session.library, session.home)
    opened = [f"/load {each}" for each in stored.adventure_ids]
    begun = [f"/new {each}" for each in stored.scenario_names]
    return "\n".join([*stored.lines, "", f"Play it with {(opened + begun)[0]}."])


def _scenarios(session: Session) -> str:
    how = "Begin one with /new NAME, or any with /random."
    return "\n".join([*scenario_lines(session), "", how])


def scenario_lines(session: Session) -> list[str]:
    """Return the openings to begin with, one a line under its genre."""
    folder = session.home.scenarios
    available = map(scenarios.preview, scenarios.available(folder))
    lines = []
    for genre, group in scenarios.group_by_genre(available, scenarios.own_files(folder)):
        lines.append(f"{genre}:")
        lines += [f"  {each.name:<10} {each.title}: {each.summary}" for each in group]
    return lines


def numbered_choices(question: Question) -> list[str]:
    """Return the choices of a question, one a line, with the numbers that choose them."""
    return [f"  {number}. {choice}" for number, choice in enumerate(question.choices, start=1)]
