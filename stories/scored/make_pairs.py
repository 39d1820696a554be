"""Make pairs for `grue train --preferences` from scored replies: a good one, and a bad one.

    python stories/scored/make_pairs.py pairs.jsonl                          # of replies.jsonl here
    python stories/scored/make_pairs.py pairs.jsonl --replies stories/scored/games.jsonl

The same replies make the same pairs, in the same order. Exits with 2 where a file cannot be read or
written, or holds no scored replies.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

REPLIES = Path(__file__).resolve().parent / "replies.jsonl"

SCORES = range(5)
"""From nonsense to a reply that responds, makes sense and brings something; JUDGE.md has them."""

MIN_CHOSEN_SCORE = 3
"""What a reply needs to be chosen: it responds and makes sense."""

MIN_DIFFERENCE = 2
"""By how much the rejected reply is worse where nothing else is asked for: one point alone says
little."""

MAX_PAIRS = 3
"""Pairs of one situation, so that none counts much more than another."""

SEPARATOR = "\n\n"
"""What stands between a prompt and its reply."""


class UnusableError(Exception):
    """A file that cannot be used, as a sentence."""


@dataclass(frozen=True, slots=True)
class ScoredReply:
    """A reply, and what a judge thinks of it."""

    text: str
    score: int
    """One of `SCORES`."""


@dataclass(frozen=True, slots=True)
class Situation:
    """A prompt of an adventure, and different replies to it in the order that the judge saw."""

    adventure: str
    """The name of its file, without the ending."""
    prompt: str
    """The story so far and the player's action, as the game built it."""
    replies: tuple[ScoredReply, ...]

    def to_json(self) -> str:
        """Return the line of the file that holds it."""
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"


def read_situations(path: Path) -> list[Situation]:
    """Return the situations of a file of scored replies. Raises UnusableError, naming the line."""
    try:
        lines = path.read_bytes().decode("utf-8").split("\n")
    except OSError as error:
        raise UnusableError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise UnusableError(f"{path} is not UTF-8. Save it as UTF-8.") from error
    situations = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                situations.append(_read_line(line))
            except UnusableError as error:
                raise UnusableError(f"{path}, line {number}: {error}") from error
    if not situations:
        raise UnusableError(f"{path} is empty. A line holds adventure, prompt and replies.")
    return situations


def _read_line(line: str) -> Situation:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnusableError("This is not JSON. A line holds one situation.") from error
    if not isinstance(document, dict):
        raise UnusableError("A situation is an object with adventure, prompt and replies.")
    replies = document.get("replies")
    if not isinstance(replies, list) or not replies:
        raise UnusableError("replies must be a list with a text and a score for each reply.")
    scored = tuple(map(_read_reply, replies))
    if len({reply.text for reply in scored}) < len(scored):
        raise UnusableError("Two replies are the same text. Keep one of them.")
    return Situation(_text(document, "adventure"), _text(document, "prompt"), scored)


def _read_reply(document: Any) -> ScoredReply:
    if not isinstance(document, dict):
        raise UnusableError("A reply is an object with text and score.")
    text, score = _text(document, "text"), document.get("score")
    if type(score) is not int or score not in SCORES:  # True is an int, too
        given = json.dumps(score, ensure_ascii=False)
        raise UnusableError(f"A score is a number from 0 to {SCORES[-1]}, not {given}.")
    return ScoredReply(text, score)


def _text(document: dict[str, Any], name: str) -> str:
    text = document.get(name)
    if not isinstance(text, str) or not text.strip():
        raise UnusableError(f"{name} must be a text that is not empty.")
    return text


def pairs_of(
    situation: Situation, min_difference: int = MIN_DIFFERENCE, max_pairs: int = MAX_PAIRS
) -> Iterator[dict[str, str]]:
    """Yield the pairs of one situation, in the preference format of trl.

    Those of at least two points of difference come first, then the others, best reply first.
    """
    best_first = sorted(situation.replies, key=lambda reply: -reply.score)
    pairs = [
        (chosen, rejected)
        for chosen in best_first
        for rejected in best_first
        if chosen.score >= MIN_CHOSEN_SCORE and chosen.score - rejected.score >= min_difference
    ]
    pairs.sort(key=lambda pair: pair[0].score - pair[1].score < MIN_DIFFERENCE)
    for chosen, rejected in pairs[:max_pairs]:
        yield _pair(situation, chosen, rejected)


def spread(situations: Iterable[Situation], most: int) -> list[Situation]:
    """Return at most `most` situations of each adventure, evenly spaced: those of one are alike."""
    adventures: dict[str, list[Situation]] = {}
    for situation in situations:
        adventures.setdefault(situation.adventure, []).append(situation)
    return [
        found[number * len(found) // min(most, len(found))]
        for found in adventures.values()
        for number in range(min(most, len(found)))
    ]


def _pair(situation: Situation, chosen: ScoredReply, rejected: ScoredReply) -> dict[str, str]:
    return {
        "prompt": situation.prompt,
        "chosen": SEPARATOR + chosen.text,
        "rejected": SEPARATOR + rejected.text,
        # Both are whole replies: the model learns to end after them, too.
        "chosen_ended": "stop",
        "rejected_ended": "stop",
        # Pairs of one adventure are trained on, or held out, together.
        "adventure": situation.adventure,
    }


def make_pairs(
    replies: Path,
    out: Path,
    min_difference: int = MIN_DIFFERENCE,
    max_pairs: int = MAX_PAIRS,
    max_situations: int | None = None,
) -> int:
    """Write the pairs of a file of scored replies; return their number.

    `max_situations` is how many of one adventure are used, of those that make pairs; None is all.
    Raises UnusableError.
    """
    if out.exists() and replies.exists() and out.samefile(replies):
        raise UnusableError(f"{out} holds the scored replies. Name another file for the pairs.")
    situations = read_situations(replies)
    if max_situations is not None:
        paired = (each for each in situations if any(pairs_of(each, min_difference)))
        situations = spread(paired, max_situations)
    pairs = [pair for each in situations for pair in pairs_of(each, min_difference, max_pairs)]
    if not pairs:
        raise UnusableError(
            f"{replies} makes no pair: none has a reply with a score of {MIN_CHOSEN_SCORE} or more "
            f"and another that is worse by {min_difference}."
        )
    text = "".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs)
    try:
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UnusableError(f"{out} cannot be written: {error.strerror or error}.") from error
    return len(pairs)


def positive(text: str) -> int:
    """Return the number of a command-line option that counts something: 1 or more."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text}")
    return int(text)


def main(arguments: Sequence[str]) -> int:
    """Write the pairs; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python stories/scored/make_pairs.py",
        description="Make pairs for `grue train --preferences` from scored replies.",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="the file of pairs, JSON Lines")
    parser.add_argument(
        "--replies",
        type=Path,
        default=REPLIES,
        metavar="FILE",
        help="scored replies; those of this folder where none is named",
    )
    parser.add_argument(
        "--min-difference",
        type=int,
        choices=SCORES[1:],
        default=MIN_DIFFERENCE,
        help=f"points by which the rejected reply is worse (default: {MIN_DIFFERENCE})",
    )
    parser.add_argument(
        "--max-pairs",
        type=positive,
        default=MAX_PAIRS,
        metavar="N",
        help=f"pairs of one situation (default: {MAX_PAIRS})",
    )
    parser.add_argument(
        "--max-situations",
        type=positive,
        metavar="N",
        help="situations of one adventure, evenly spaced (default: all)",
    )
    options = parser.parse_args(arguments)
    try:
        number = make_pairs(
            options.replies,
            options.out,
            options.min_difference,
            options.max_pairs,
            options.max_situations,
        )
    except UnusableError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{options.out}: {number:,} pairs")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
