"""Play games of a model with somebody who judges its replies and goes on, round by round.

    python -m benchmarks.scored_games play FOLDER [ADVENTURE.txt …] [--games 16] [--rounds 8]
    python -m benchmarks.scored_games collect FOLDER… --output games.jsonl

Each round writes sheet-1.md and so on, with the end of every game, the last action, and four
replies in random order. Whoever plays, a person or a language model, writes answers-1.txt: a line
with the scores of each game, the reply that its story goes on with, and the next action. Then the
next round begins; an interrupted run continues. Adventures are entered at an action of theirs, and
from there on all that follows is the model's own.
"""

import argparse
import asyncio
import random
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from benchmarks import game_sheets
from benchmarks.game_sheets import ROLL, Answer, Move, answers_name
from benchmarks.judge_sheets import NO_SCORE
from benchmarks.scored_replies import (
    TEMPERATURES,
    Position,
    add_adventures,
    adventures,
    choose_position,
    exit_status,
    sample_position,
    write_scored,
)
from benchmarks.session import temporary_session
from dungeon.dice import Roll
from dungeon.dice.roll import SIDES
from dungeon.errors import InputRefused
from dungeon.session import Session
from dungeon.text.counts import count
from stories import check
from stories.scored.make_pairs import positive

_POLL_SECONDS = 2


def first_positions(
    paths: Sequence[Path], games: int, rng: random.Random
) -> list[tuple[str, Position]]:
    """Return the names of so many of the adventures at `paths`, and where they are entered."""
    found = ((path.stem, choose_position(check.read(path), rng)) for path in paths)
    return [(name, position) for name, position in found if position is not None][:games]


def next_position(move: Move, answer: Answer, rng: random.Random) -> Position:
    """Return where a game goes on after an answer; one without a reply tries its next action."""
    told = move.story
    if move.replies:
        told += f"\n\n> {move.action}\n\n{move.replies[answer.chosen]}"
    return Position(told, rolled(answer.action, rng))


def rolled(action: str, rng: random.Random) -> str:
    """Return an action as the game tells it; one that begins with `roll:` has the die rolled."""
    if not action.lower().startswith(ROLL):
        return action
    what = action[len(ROLL) :].strip()
    return f"{what} {Roll(rng.randint(1, SIDES)).sentence}"


async def play_round(
    session: Session, positions: Sequence[tuple[str, Position]], rng: random.Random
) -> list[Move]:
    """Return the moves of a round: replies to the action of each position."""
    moves = []
    for name, position in positions:
        prompt, replies = await sample_position(session, name, position, TEMPERATURES)
        shuffled, drawn = game_sheets.draw(replies, rng)
        moves.append(Move(name, position.story, position.action, prompt, shuffled, drawn))
    return moves


async def play(
    session: Session, folder: Path, paths: Sequence[Path], options: argparse.Namespace
) -> int:
    """Play the rounds that `folder` lacks, and wait for the answers to each; return their number.

    Raises InputRefused where no game can begin, or an answer cannot be read: mend it, and go on.
    """
    rounds = game_sheets.read_rounds(folder)
    if rounds:  # an interruption may have come before its sheet
        game_sheets.write_sheet(folder, len(rounds), rounds[-1])
    for number in range(len(rounds), options.rounds):
        rng = random.Random(f"{options.seed} {number}")
        if rounds:
            answers = await _wait_for_answers(folder, rounds[-1], number)
            positions = [
                (move.adventure, next_position(move, answer, rng))
                for move, answer in zip(rounds[-1], answers, strict=True)
            ]
        else:
            positions = first_positions(paths, options.games, rng)
            if not positions:
                raise InputRefused("No adventure has an action without a roll to begin with.")
        rounds.append(await play_round(session, positions, rng))
        game_sheets.add_round(folder, rounds[-1])
        print(folder / f"sheet-{number + 1}.md", flush=True)
    await _wait_for_answers(folder, rounds[-1], len(rounds))
    return len(rounds)


async def _wait_for_answers(folder: Path, moves: Sequence[Move], number: int) -> list[Answer]:
    file = folder / answers_name(number)
    while not file.exists():  # noqa: ASYNC110 - another program writes it, and tells nobody
        await asyncio.sleep(_POLL_SECONDS)
    return game_sheets.read_answers(file, moves)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play or collect; return the exit status."""
    options = _parser().parse_args(arguments)
    place = options.folder if options.step == "play" else options.output
    return exit_status(lambda: _run(options), place)


def _run(options: argparse.Namespace) -> None:
    if options.step == "play":
        paths = adventures(options.adventures, None, options.seed)
        played = asyncio.run(_play_with(options, paths))
        print(f"{count(played, 'round')} in {options.folder}")
    else:
        found = [*chain.from_iterable(map(game_sheets.situations, options.folders))]
        if not found:
            raise InputRefused(f"No reply has a score: whoever played wrote {NO_SCORE} alone.")
        write_scored(found, options.output)


async def _play_with(options: argparse.Namespace, paths: Sequence[Path]) -> int:
    async with temporary_session(options.model, options.seed) as session:
        return await play(session, options.folder, paths, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Play games whose replies are judged blindly.")
    steps = parser.add_subparsers(dest="step", required=True)
    playing = steps.add_parser("play", help="write a sheet, wait for its answers, and go on")
    playing.add_argument("folder", type=Path, help="of one player: the sheets and the answers")
    add_adventures(playing, "begin")
    playing.add_argument("--games", type=positive, default=16, help="side by side (default: 16)")
    playing.add_argument("--rounds", type=positive, default=8, help="actions of each (default: 8)")
    playing.add_argument("--model", default="", help="default: the game's own")
    playing.add_argument(
        "--seed", type=int, default=1, help="which adventures; another one for each player"
    )
    collecting = steps.add_parser("collect", help="make scored replies of the answers")
    collecting.add_argument(
        "folders", type=Path, nargs="+", metavar="FOLDER", help="of one player each"
    )
    collecting.add_argument(
        "-o", "--output", type=Path, required=True, help="file of scored replies to write"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
