"""Write blind sheets of sampled replies for judges, and read the scores that they give.

A folder holds `sampled.jsonl`, a line for each situation, then `sheet-1.md` and so on, `key.json`,
which no judge should see, and the `scores-1.txt` of the judges.
"""

import json
import random
import string
from collections.abc import Container, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from dungeon.errors import InputRefused
from dungeon.files.atomic_file import atomic_write
from dungeon.text.counts import count
from stories.scored.make_pairs import REPLIES, SCORES, ScoredReply, Situation

JUDGE = REPLIES.parent / "JUDGE.md"
SAMPLED = "sampled.jsonl"
KEY = "key.json"

MAX_REPLIES = len(string.ascii_lowercase)
"""On a sheet each reply has a letter."""

NO_SCORE = "-"
"""What a judge writes for a reply that cannot be judged."""

SCORE_WORDS = {str(score): score for score in SCORES} | {NO_SCORE: None}
"""What a judge may write for a reply, and the score that it means."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A prompt of an adventure, and the different replies of the model to it."""

    adventure: str
    prompt: str
    replies: tuple[str, ...]


# Samples ------------------------------------------------------------------------------------------


def prepare(folder: Path) -> set[str]:
    """Make `folder` ready for more samples; return the adventures that have one.

    A line that an interrupted run has left unfinished is removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / SAMPLED
    known = read_samples(file) if file.exists() else []
    with atomic_write(file) as out:  # the samples of hours, which an interruption must not cost
        out.write("".join(map(_line, known)).encode())
    return {sample.adventure for sample in known}


def add(folder: Path, sample: Sample) -> None:
    """Add a sample to those of `folder`."""
    with (folder / SAMPLED).open("a", encoding="utf-8") as out:
        out.write(_line(sample))


def _line(sample: Sample) -> str:
    return json.dumps(asdict(sample), ensure_ascii=False) + "\n"


def read_samples(file: Path) -> list[Sample]:
    """Return the samples of a file; a last line without an end was not finished, and is none."""
    *lines, _ = read_text(file, "`sample` writes it.").split("\n")
    return [_parse(line, f"{file}, line {at}") for at, line in enumerate(lines, 1)]


def _parse(line: str, place: str) -> Sample:
    try:
        return _sample(json.loads(line))
    except (ValueError, KeyError, TypeError) as error:
        raise InputRefused(f"{place}: this is no sample. Remove the line.") from error


def _sample(document: dict[str, Any]) -> Sample:
    return Sample(document["adventure"], document["prompt"], tuple(document["replies"]))


def read_text(file: Path, advice: str) -> str:
    """Return the text of a file. Raises InputRefused, with `advice` where it cannot be read."""
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputRefused(f"{file} cannot be read: {error.strerror}. {advice}") from error
    except UnicodeDecodeError as error:
        raise InputRefused(f"{file} is not UTF-8. Save it as UTF-8.") from error


# Sheets -------------------------------------------------------------------------------------------


def write_sheets(folder: Path, size: int, seed: int) -> int:
    """Write a sheet for every `size` situations, and the key; return the number of sheets.

    Raises InputRefused where there is nothing to judge, and where sheets are there already: a judge
    may be reading them.
    """
    key = folder / KEY
    if key.exists():
        raise InputRefused(f"{key} is there already. Delete it, and its sheets, to write new ones.")
    samples = [each for each in read_samples(folder / SAMPLED) if len(each.replies) > 1]
    if not samples:
        raise InputRefused(f"{folder / SAMPLED} has no situation with two different replies.")
    rng = random.Random(seed)
    shuffled = [
        replace(each, replies=tuple(rng.sample(each.replies, len(each.replies))))
        for each in samples
    ]
    sheets = [shuffled[start : start + size] for start in range(0, len(shuffled), size)]
    for number, sheet in enumerate(sheets, 1):
        (folder / f"sheet-{number}.md").write_text(render_sheet(number, sheet), encoding="utf-8")
    document = [[asdict(each) for each in sheet] for sheet in sheets]
    key.write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")
    return len(sheets)


def render_sheet(number: int, sheet: Sequence[Sample]) -> str:
    """Return what a judge reads: what to do, and every situation with its replies."""
    instructions = JUDGE.read_text(encoding="utf-8").rstrip()
    parts = [instructions, f"The result file is `{scores_name(number)}`, next to this one."]
    for place, sample in enumerate(sheet, 1):
        parts += [f"## {place}", sample.prompt]
        letters = string.ascii_lowercase
        parts += [f"({a}) {text}" for a, text in zip(letters, sample.replies, strict=False)]
    return "\n\n".join(parts) + "\n"


def scores_name(number: int) -> str:
    """Return the name of the file with the scores of a sheet."""
    return f"scores-{number}.txt"


# Collect ------------------------------------------------------------------------------------------


def collect(folder: Path) -> list[Situation]:
    """Return the scored replies of all sheets in `folder`.

    Raises InputRefused, naming file and line, where scores are missing, or fit no situation; also
    where there is none at all.
    """
    situations: list[Situation] = []
    for number, sheet in enumerate(read_key(folder / KEY), 1):
        situations += read_scores(folder / scores_name(number), sheet)
    if not situations:
        raise InputRefused(f"No reply in {folder} has a score: the judges wrote {NO_SCORE} alone.")
    return situations


def read_key(file: Path) -> list[list[Sample]]:
    """Return the situations of each sheet, with the replies in the order that its judge saw."""
    try:
        document = json.loads(read_text(file, "`sheets` writes it."))
        return [[_sample(each) for each in sheet] for sheet in document]
    except (ValueError, KeyError, TypeError) as error:
        raise InputRefused(f"{file} is not as `sheets` wrote it. Restore it.") from error


def read_scores(file: Path, sheet: Sequence[Sample]) -> Iterator[Situation]:
    """Yield the situations of a sheet in its order, with the scores of a judge's file."""
    scores: dict[int, list[int | None]] = {}
    for at, line in enumerate(read_text(file, "A judge writes it.").splitlines(), 1):
        if words := line.split():
            try:
                number, given = _read_line(words, sheet, scores)
            except InputRefused as error:
                raise InputRefused(f"{file}, line {at}: {error}") from error
            scores[number] = given
    if missing := [str(n) for n in range(1, len(sheet) + 1) if n not in scores]:
        raise InputRefused(f"{file} has no scores for {', '.join(missing)}.")
    for number, sample in enumerate(sheet, 1):
        yield from scored(sample.adventure, sample.prompt, sample.replies, scores[number])


def scored(
    adventure: str, prompt: str, replies: Sequence[str], scores: Sequence[int | None]
) -> Iterator[Situation]:
    """Yield the situation of the replies that have a score; nothing where none has."""
    pairs = zip(replies, scores, strict=True)
    judged = tuple(ScoredReply(text, score) for text, score in pairs if score is not None)
    if judged:
        yield Situation(adventure, prompt, judged)


def _read_line(
    words: Sequence[str], sheet: Sequence[Sample], done: Container[int]
) -> tuple[int, list[int | None]]:
    """Return the number of the situation, and the score of each of its replies."""
    number, *given = words
    if number not in {str(each) for each in range(1, len(sheet) + 1)}:
        raise InputRefused(f"“{number}” is no situation from 1 to {len(sheet)}.")
    if int(number) in done:
        raise InputRefused(f"situation {number} has scores already.")
    replies = len(sheet[int(number) - 1].replies)
    if len(given) != replies:
        wanted = count(replies, "reply", "replies")
        raise InputRefused(f"{count(len(given), 'score')} for {wanted}.")
    if wrong := [each for each in given if each not in SCORE_WORDS]:
        raise InputRefused(f"“{wrong[0]}” is no score: 0 to {SCORES[-1]}, or {NO_SCORE}.")
    return int(number), [SCORE_WORDS[each] for each in given]
