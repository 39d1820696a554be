"""Write sheets of several games for somebody who plays them and judges their replies; read answers.

A folder holds `rounds.jsonl`, a line for each game in each round, and `sheet-1.md` and so on. Who
plays writes `answers-1.txt` next to a sheet, a line for each game: `3 | 3 1 4 0 | c | You open it.`
"""

import json
import random
import string
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.judge_sheets import NO_SCORE, SCORE_WORDS, read_text, scored
from dungeon.errors import InputRefused
from dungeon.files.atomic_file import atomic_write
from dungeon.text import clean_line
from stories.scored.make_pairs import REPLIES, SCORES, Situation

ROLL = "roll:"
"""What a next action begins with where the die is to decide."""

PLAYERS = REPLIES.parent / "README-players.md"
ROUNDS = "rounds.jsonl"

MAX_STORY = 1600
"""Characters of the story so far on a sheet: whoever plays has read the rest."""

BAD = range(2)
"""Scores of a reply that no story goes on with while there is a better one."""


@dataclass(frozen=True, slots=True)
class Move:
    """One action of a game, and the replies of the model to it in the order of the sheet."""

    adventure: str
    story: str
    """The story so far, in the form of a transcript."""
    action: str
    """With its roll, where it has one: `You jump. (You roll 7 of 20 and fail.)`"""
    prompt: str
    replies: tuple[str, ...]
    drawn: str = ""
    """The letter of the reply that the story goes on with unless it is bad; empty where whoever
    plays chooses the best one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody who plays thinks of the replies, and how the game goes on."""

    scores: tuple[int | None, ...]
    """Of each reply; None where it cannot be judged."""
    chosen: int
    """The number of the reply that the story goes on with."""
    action: str
    """The next action; it begins with `roll: ` where the die is to decide."""


# Rounds -------------------------------------------------------------------------------------------


def read_rounds(folder: Path) -> list[list[Move]]:
    """Return the moves of each round that has been written whole."""
    file = folder / ROUNDS
    if not file.exists():
        return []
    *lines, _ = read_text(file, "`play` writes it.").split("\n")  # the last one was not finished
    return [_round(line, f"{file}, line {at}") for at, line in enumerate(lines, 1)]


def _round(line: str, place: str) -> list[Move]:
    try:
        return [Move(**{**each, "replies": tuple(each["replies"])}) for each in json.loads(line)]
    except (ValueError, KeyError, TypeError) as error:
        raise InputRefused(f"{place}: this is no round as `play` wrote it. Restore it.") from error


def add_round(folder: Path, moves: Sequence[Move]) -> int:
    """Add a round and write its sheet; return its number, counted from 1."""
    folder.mkdir(parents=True, exist_ok=True)
    rounds = [*read_rounds(folder), [*moves]]
    lines = (json.dumps([asdict(each) for each in moves], ensure_ascii=False) for moves in rounds)
    with atomic_write(folder / ROUNDS) as out:  # an interruption must cost no round
        out.write("".join(f"{line}\n" for line in lines).encode())
    write_sheet(folder, len(rounds), moves)
    return len(rounds)


def write_sheet(folder: Path, number: int, moves: Sequence[Move]) -> None:
    """Write the sheet of a round: all of it at once, since a player may be waiting for it."""
    with atomic_write(folder / f"sheet-{number}.md") as out:
        out.write(render(number, moves).encode())


def draw(replies: Sequence[str], rng: random.Random) -> tuple[tuple[str, ...], str]:
    """Return the replies in random order, and for half of the moves the letter of one of them."""
    shuffled = tuple(rng.sample(replies, len(replies)))
    is_drawn = bool(shuffled) and rng.random() < 1 / 2
    return shuffled, string.ascii_lowercase[rng.randrange(len(shuffled))] if is_drawn else ""


# Sheets -------------------------------------------------------------------------------------------


def render(number: int, moves: Sequence[Move]) -> str:
    """Return the sheet of a round; the first one says what to do."""
    parts = [PLAYERS.read_text("utf-8").rstrip()] if number == 1 else []
    parts.append(f"The answers go into `{answers_name(number)}`, next to this file.")
    for place, move in enumerate(moves, 1):
        story = move.story if len(move.story) <= MAX_STORY else f"…{move.story[-MAX_STORY:]}"
        parts += [f"## {place}", story, f"> {move.action}"]
        letters = string.ascii_lowercase
        parts += [f"({a}) {text}" for a, text in zip(letters, move.replies, strict=False)]
        worst = f"{BAD[0]} or {BAD[-1]}"
        drawn = f"Goes on with ({move.drawn}) unless that scores {worst}."
        parts.append(drawn if move.drawn else "Goes on with the best.")
    return "\n\n".join(parts) + "\n"


def answers_name(number: int) -> str:
    """Return the name of the file with the answers to a sheet."""
    return f"answers-{number}.txt"


# Answers ------------------------------------------------------------------------------------------


def read_answers(file: Path, moves: Sequence[Move]) -> list[Answer]:
    """Return the answers to a sheet, one for each of `moves`.

    Raises InputRefused, naming file and line, where one is missing or fits no game.
    """
    answers: dict[int, Answer] = {}
    for at, line in enumerate(read_text(file, "Whoever plays writes it.").splitlines(), 1):
        if not line.strip():
            continue
        try:
            number, answer = _read_line(line, moves)
        except InputRefused as error:
            raise InputRefused(f"{file}, line {at}: {error}") from error
        if number in answers:
            raise InputRefused(f"{file}, line {at}: game {number} has an answer already.")
        answers[number] = answer
    numbers = range(1, len(moves) + 1)
    if missing := [str(number) for number in numbers if number not in answers]:
        raise InputRefused(f"{file} has no answer for {', '.join(missing)}.")
    return [answers[number] for number in numbers]


def _read_line(line: str, moves: Sequence[Move]) -> tuple[int, Answer]:
    number, scores, letter, action = [part.strip() for part in (line + "|||").split("|")][:4]
    if not number.isdecimal() or not 1 <= int(number) <= len(moves):
        raise InputRefused(f"“{number}” is no game from 1 to {len(moves)}.")
    replies = moves[int(number) - 1].replies
    given = scores.split()
    if len(given) != len(replies) or any(each not in SCORE_WORDS for each in given):
        raise InputRefused(
            f"“{scores}” is not a score from 0 to {SCORES[-1]}, or {NO_SCORE}, for each of "
            f"{len(replies)} replies."
        )
    letters = string.ascii_lowercase[: len(replies)]
    chosen = letters.find(letter.strip("()").lower() or " ")
    if replies and chosen < 0:
        raise InputRefused(f"“{letter}” is none of the replies {', '.join(letters)}.")
    if action.lower() in ("", ROLL):
        raise InputRefused("There is no next action.")
    return int(number), Answer(
        tuple(SCORE_WORDS[each] for each in given), chosen, clean_line(action)
    )


def situations(folder: Path) -> Iterator[Situation]:
    """Yield the scored replies of all rounds in `folder`.

    Raises InputRefused where there is no round, and as `read_answers` does.
    """
    rounds = read_rounds(folder)
    if not rounds:
        raise InputRefused(f"{folder} has no round of games in {ROUNDS}. `play` writes it.")
    for number, moves in enumerate(rounds, 1):
        for move, answer in zip(
            moves, read_answers(folder / answers_name(number), moves), strict=True
        ):
            yield from scored(move.adventure, move.prompt, move.replies, answer.scores)
