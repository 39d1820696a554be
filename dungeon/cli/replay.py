"""`grue saves replay`: generate saved replies again and compare them."""

import asyncio
import json
from collections import Counter
from contextlib import aclosing
from typing import TYPE_CHECKING

import click

from dungeon.cli.save_access import ID, require_saves, with_home
from dungeon.files.home import Home
from dungeon.story import Adventure
from dungeon.text import clean_line

if TYPE_CHECKING:
    from dungeon.session import Session
    from dungeon.turns.replay import ReplayedTurn


_OTHER_PROMPT = (
    "Another prompt comes of what the saves do not have: for turns of an older Grue which earlier "
    "turns were quoted, what of the state was told, the context length, the depth of the note, and "
    "when the state was confirmed; for imported ones the memory, note and lore of that time; in a "
    "fork the turns that were played, where an edit had carried them along. There it is as it is "
    "today. It is another, too, where the context is shorter today than it was then."
)
"""Said once below a replay."""


@click.command()
@ID
@click.option("--model", metavar="REF", default="", help="Model to use, as for `grue play`.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON Lines, one for each turn.")
@with_home
def replay(home: Home, adventure_id: str, model: str, as_json: bool) -> None:
    """Generate every reply of an adventure again, and compare.

    Each is generated with the seed and the settings that were saved with it, on the line that you
    played last, and with memory, note, lore, summary, state and quotations as they were then.
    Nothing is changed. Replies of another model, and those that you wrote, edited or stopped, are
    left out. From the same prompt most engines write the same reply, but not always: how they round
    depends on what they have cached. So an engine here does before each turn what it does in a game
    while you read, which takes as long as the reply again.
    """
    from dungeon.session import Session
    from dungeon.settings import load

    require_saves(home, adventure_id)
    session = Session(home, load(home.settings), model=model)
    adventure = session.library.load(session.library.find(adventure_id))
    asyncio.run(_replay(session, adventure, as_json))


async def _replay(session: "Session", adventure: Adventure, as_json: bool) -> None:
    from dungeon.turns.replay import Outcome, replay

    counts, others = Counter[Outcome](), 0
    try:
        revisions = session.library.former_values(adventure)
        turns = replay(
            adventure,
            session.model_loader,
            session.library,
            revisions,
            write_ahead=session.new_game_settings().write_ahead,
        )
        async with aclosing(turns):
            async for turn in turns:
                counts[turn.outcome] += 1
                others += turn.is_same_prompt is False
                click.echo(_as_json(turn) if as_json else _as_text(turn))
    finally:
        await session.close()
    compared = counts[Outcome.SAME] + counts[Outcome.DIFFERENT]
    click.echo(
        f"{counts[Outcome.SAME]} of {compared} replies came out word for word; "
        f"{counts[Outcome.OTHER_MODEL]} are by another model, "
        f"{counts[Outcome.BY_HAND]} not by a model alone.",
        err=True,
    )
    if others:
        click.echo(_OTHER_PROMPT, err=True)


def _as_text(turn: "ReplayedTurn") -> str:
    line = f"{turn.number:>4}  {turn.outcome}"
    if turn.outcome != "different":
        return line
    prompts = {True: ", from the same prompt", False: ", from another prompt", None: ""}
    if turn.has_undated_state:
        prompts[False] += " (when its state was confirmed is not saved)"
    saved, today = clean_line(turn.turn.text), clean_line(turn.text)
    return f"{line}{prompts[turn.is_same_prompt]}\n      saved: {saved}\n      today: {today}"


def _as_json(turn: "ReplayedTurn") -> str:
    document = {
        "number": turn.number,
        "id": turn.turn.id,
        "outcome": turn.outcome,
        "is_same_prompt": turn.is_same_prompt,
        "has_undated_state": turn.has_undated_state,
        "saved": turn.turn.text,
        "today": turn.text,
    }
    return json.dumps(document, ensure_ascii=False)
