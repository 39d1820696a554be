"""Sample replies of a model in adventures, write blind sheets for judges, and collect their scores.

    python -m benchmarks.scored_replies sample FOLDER [ADVENTURE.txt …] [--model grue-135m]
        [--own-replies]
    python -m benchmarks.scored_replies sheets FOLDER [--size 110]
    python -m benchmarks.scored_replies collect FOLDER -o replies.jsonl

`sample` plays one action of each adventure several times, through the game: about 5 seconds each on
two cores. With `--own-replies` the model has also replied to the actions before that one, so that
its own slips are in the story. Ctrl-C stops it, and the same command goes on from there. `sheets`
writes sheet-1.md and so on, with the replies in random order and what a judge has to do, and
key.json, which no judge should see. A judge writes scores-1.txt into the folder, a line for each
situation: `17 3 1 4 0`. `collect` makes scored replies of them, and
`python stories/scored/make_pairs.py` pairs of those.
"""

import argparse
import asyncio
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import judge_sheets
from benchmarks.judge_sheets import MAX_REPLIES, SAMPLED, Sample
from benchmarks.session import temporary_session
from dungeon.errors import INTERRUPTED, GrueError, InputRefused
from dungeon.files.disk_room import write_failure
from dungeon.session import Session
from dungeon.story import CONTINUE, Action, Kind
from dungeon.text.counts import count
from dungeon.transfer import plain_text
from dungeon.turns.game import Game
from dungeon.turns.turn_events import TurnSaved
from stories import check
from stories.scored.make_pairs import SCORES, Situation, positive

TEMPERATURES = (0.5, 0.8, 0.5, 0.8)
"""One reply for each: the game's own, and one at which the model errs in other ways."""

OPENING_SHARE = 1 / 3
"""Of the situations, right after the opening, where the model has the least to go by."""

CONTINUE_SHARE = 1 / 6
"""Of the situations in the model's own stories: the player presses Enter without a word."""

LATER = range(3, 9)
"""Which action it is otherwise, counted from 0."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where an adventure is entered: the text before an action, and the action."""

    story: str
    action: str
    """Empty where the player lets the story go on."""
    played: tuple[str, ...] = ()
    """Actions between the two, to which the model replies."""


def choose_position(
    adventure: check.Adventure, rng: random.Random, *, own_replies: bool = False
) -> Position | None:
    """Return an action of `adventure` without a die roll; None where there is none. With
    `own_replies` it is a later one, and the story is the opening, with the actions behind it.
    """
    blocks = adventure.blocks
    places = [
        number
        for number, block in enumerate(blocks)
        if number and block.is_action and "(You roll " not in block.text
    ]
    if not places:
        return None
    later = min(rng.choice(LATER), len(places) - 1)
    is_early = not own_replies and rng.random() < OPENING_SHARE
    place = places[0] if is_early else places[later]
    begin = place
    if own_replies:
        begin = next(number for number, block in enumerate(blocks) if number and block.is_action)
    before = "\n\n".join(block.text for block in blocks[:begin])
    *played, action = (
        block.text.removeprefix("> ") for block in blocks[begin : place + 1] if block.is_action
    )
    if own_replies and rng.random() < CONTINUE_SHARE:
        return Position(before, "", (*played, action))
    return Position(before, action, tuple(played))


async def sample_replies(
    session: Session,
    path: Path,
    temperatures: Sequence[float],
    seed: int,
    *,
    own_replies: bool = False,
) -> Sample | None:
    """Return replies to an action of the adventure at `path`; None where it has no fit action."""
    adventure = check.read(path)
    rng = random.Random(f"{seed} {path.stem}")
    position = choose_position(adventure, rng, own_replies=own_replies)
    if position is None:
        return None
    memory, note = (adventure.values.get(name, "") for name in ("memory", "note"))
    prompt, replies = await sample_position(
        session, path.stem, position, temperatures, memory=memory, note=note
    )
    return Sample(path.stem, prompt, replies)


async def sample_position(
    session: Session,
    name: str,
    position: Position,
    temperatures: Sequence[float],
    *,
    memory: str = "",
    note: str = "",
) -> tuple[str, tuple[str, ...]]:
    """Return the prompt of an action, and the different replies to it, one for each temperature."""
    story = plain_text.read(name, position.story)
    played = replace(story, memory=memory, note=note)
    session.library.create(played)
    game = session.game(played)
    for played_action in position.played:
        await _reply(game, Action(Kind.DO, played_action), is_retry=False)
    action = Action(Kind.DO, position.action) if position.action else CONTINUE
    settings = game.generation_settings
    replies: list[str] = []
    for temperature in temperatures:
        sampling = replace(settings.sampling, temperature=temperature)
        game.generation_settings = replace(settings, sampling=sampling)
        replies += await _reply(game, action, is_retry=bool(replies))
    prompt = game.context.prompt if game.context else ""
    await game.close()
    return prompt, tuple(dict.fromkeys(replies))


async def _reply(game: Game, action: Action, *, is_retry: bool) -> list[str]:
    """Return the reply, or nothing where the model wrote none or one that was there before."""
    events = game.retry() if is_retry else game.play(action)
    return [event.turn.text async for event in events if isinstance(event, TurnSaved)]


async def sample_all(
    session: Session,
    paths: Iterable[Path],
    folder: Path,
    temperatures: Sequence[float],
    seed: int,
    *,
    own_replies: bool = False,
) -> int:
    """Add samples of the adventures that have none in `folder` yet; return how many were added."""
    known = judge_sheets.prepare(folder)
    added = 0
    for path in paths:
        if path.stem in known:
            continue
        sample = await sample_replies(session, path, temperatures, seed, own_replies=own_replies)
        if sample is not None:
            judge_sheets.add(folder, sample)
            added += 1
            print(path.stem, flush=True)
    return added


def adventures(paths: Sequence[Path], number: int | None, seed: int) -> list[Path]:
    """Return `number` of the adventures at `paths` in random order, the same for one seed.

    Where no path is named, they are those in plain words. Raises InputRefused for one that is held
    out: what is judged is trained on.
    """
    held_out = [path for path in paths if path.resolve().parent in check.HELD_OUT]
    if held_out:
        raise InputRefused(f"{held_out[0]} is held out, and nothing is trained on it. Leave it.")
    chosen = sorted(paths or (check.HERE / check.PLAIN).glob("*.txt"))
    random.Random(seed).shuffle(chosen)
    return chosen[:number]


def distribution(situations: Iterable[Situation]) -> str:
    """Return how often each score was given."""
    scores = Counter(reply.score for situation in situations for reply in situation.replies)
    counts = ", ".join(f"{score}: {scores[score]:,}" for score in SCORES)
    return f"{count(scores.total(), 'reply', 'replies')} ({counts})"


def write_scored(situations: Sequence[Situation], out: Path) -> None:
    """Write scored replies to the file `out`, and print how many have which score."""
    lines = "".join(each.to_json() for each in situations)
    out.write_text(lines, encoding="utf-8", newline="\n")
    print(f"{count(len(situations), 'situation')}, {distribution(situations)}")


def exit_status(step: Callable[[], None], place: Path) -> int:
    """Run a step that writes to `place`; tell what stops it, and return the exit status."""
    try:
        step()
    except (GrueError, check.UnreadableError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{place} cannot be written: {write_failure(error, place)}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. The same command goes on from here.", file=sys.stderr)
        return INTERRUPTED
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Sample, write sheets or collect; return the exit status."""
    options = _parser().parse_args(arguments)
    return exit_status(lambda: _run(options), getattr(options, "output", options.folder))


def _run(options: argparse.Namespace) -> None:
    match options.step:
        case "sample":
            if len(options.temperatures) > MAX_REPLIES:
                raise InputRefused(f"A sheet has letters for {MAX_REPLIES} replies only.")
            paths = adventures(options.adventures, options.count, options.seed)
            added = asyncio.run(_sample_with(options, paths))
            print(f"{count(added, 'situation')} added to {options.folder / SAMPLED}")
        case "sheets":
            sheets = judge_sheets.write_sheets(options.folder, options.size, options.seed)
            print(f"{count(sheets, 'sheet')} in {options.folder}")
        case _:
            write_scored(judge_sheets.collect(options.folder), options.output)


async def _sample_with(options: argparse.Namespace, paths: Sequence[Path]) -> int:
    async with temporary_session(options.model, options.seed) as session:
        return await sample_all(
            session,
            paths,
            options.folder,
            options.temperatures,
            options.seed,
            own_replies=options.own_replies,
        )


def add_adventures(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the argument that names the adventures in which to do what a step does."""
    parser.add_argument(
        "adventures",
        type=Path,
        nargs="*",
        metavar="ADVENTURE",
        help=f"files to {what} in (default: all of stories/plain)",
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Collect scores of replies, judged blindly.")
    steps = parser.add_subparsers(dest="step", required=True)
    sample = steps.add_parser(
        "sample",
        help="play an action of each adventure several times",
        description="Play an action of each adventure several times: about 5 seconds each with the "
        "default model on two cores, nearly three hours for all in plain words. Ctrl-C stops it, "
        "and the same command goes on from there.",
    )
    sheets = steps.add_parser("sheets", help="write sheets for judges, and the key")
    collecting = steps.add_parser("collect", help="make scored replies of the judges' scores")
    for step in (sample, sheets, collecting):
        step.add_argument("folder", type=Path, help="of the samples, the sheets and the scores")
    add_adventures(sample, "sample")
    sample.add_argument("--count", type=positive, help="adventures (default: all)")
    sample.add_argument("--model", default="", help="default: the game's own")
    sample.add_argument(
        "--own-replies",
        action="store_true",
        help="let the model reply to the actions before, too",
    )
    sample.add_argument(
        "--temperatures",
        type=float,
        nargs="+",
        default=TEMPERATURES,
        help=f"one reply for each (default: {' '.join(map(str, TEMPERATURES))})",
    )
    sheets.add_argument(
        "--size", type=positive, default=110, help="situations of a sheet (default: 110)"
    )
    sample.add_argument("--seed", type=int, default=1, help="which adventures and actions")
    sheets.add_argument("--seed", type=int, default=1, help="the order of the replies")
    collecting.add_argument(
        "-o", "--output", type=Path, required=True, help="file of scored replies to write"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
