"""Blind sheets hide the order of the replies, and scores find their way back to them."""

import json
from pathlib import Path

import pytest

from benchmarks import judge_sheets
from benchmarks.judge_sheets import KEY, SAMPLED, Sample
from dungeon.errors import InputRefused
from stories.scored.make_pairs import ScoredReply


def sample(number: int, replies: int = 4) -> Sample:
    texts = tuple(f"Reply {number}.{reply}." for reply in range(replies))
    return Sample(f"t-{number:03}", f"Well {number} is dry.\n\n> You call.", texts)


def sampled(folder: Path, *samples: Sample) -> Path:
    judge_sheets.prepare(folder)
    for each in samples:
        judge_sheets.add(folder, each)
    return folder


def shown(folder: Path, number: int) -> list[list[str]]:
    """Return the replies of each situation as a judge reads them."""
    text = (folder / f"sheet-{number}.md").read_text("utf-8")
    return [
        [line[4:] for line in part.splitlines() if line.startswith("(")]
        for part in text.split("\n## ")[1:]
    ]


def test_an_unfinished_sample_is_removed(tmp_path: Path) -> None:
    folder = sampled(tmp_path / "new", sample(1), sample(2))
    whole = (folder / SAMPLED).read_text("utf-8")
    (folder / SAMPLED).write_text(whole + '{"adventure": "t-0', "utf-8")
    assert judge_sheets.prepare(folder) == {"t-001", "t-002"}
    assert (folder / SAMPLED).read_text("utf-8") == whole


def test_a_sheet_has_instructions_and_replies_in_random_order(tmp_path: Path) -> None:
    folder = sampled(tmp_path, *(sample(number) for number in range(1, 26)))
    assert judge_sheets.write_sheets(folder, size=10, seed=1) == 3
    text = (folder / "sheet-1.md").read_text("utf-8")
    assert text.startswith(judge_sheets.JUDGE.read_text("utf-8").rstrip())
    assert "`scores-1.txt`" in text
    assert "## 1\n\nWell 1 is dry.\n\n> You call.\n\n(a) Reply 1." in text
    assert "t-001" not in text
    situations = [each for number in (1, 2, 3) for each in shown(folder, number)]
    for number, replies in enumerate(situations, 1):
        assert sorted(replies) == list(sample(number).replies)
    assert len({tuple(reply[-2] for reply in replies) for replies in situations}) > 5


def test_situations_without_a_choice_are_not_judged(tmp_path: Path) -> None:
    folder = sampled(tmp_path, sample(1), sample(2, replies=1), sample(3, replies=0))
    judge_sheets.write_sheets(folder, size=10, seed=1)
    [sheet] = judge_sheets.read_key(folder / KEY)
    assert [each.adventure for each in sheet] == ["t-001"]


def test_sheets_are_written_once(tmp_path: Path) -> None:
    folder = sampled(tmp_path, sample(1))
    judge_sheets.write_sheets(folder, size=10, seed=1)
    with pytest.raises(InputRefused, match=r"key\.json is there already"):
        judge_sheets.write_sheets(folder, size=10, seed=1)


@pytest.mark.parametrize(
    ("samples", "sentence"),
    [(None, "cannot be read: No such file"), ([], "no situation with two different replies")],
)
def test_nothing_to_judge_is_refused(
    tmp_path: Path, samples: list[Sample] | None, sentence: str
) -> None:
    if samples is not None:
        sampled(tmp_path, *samples)
    with pytest.raises(InputRefused, match=sentence):
        judge_sheets.write_sheets(tmp_path, size=10, seed=1)


def test_scores_belong_to_the_replies_that_the_judge_saw(tmp_path: Path) -> None:
    folder = sampled(tmp_path, sample(1), sample(2), sample(3, replies=2))
    judge_sheets.write_sheets(folder, size=2, seed=4)
    (folder / "scores-1.txt").write_text("2 0 1 2 -\n\n1 4 3 2 1\n", "utf-8")
    (folder / "scores-2.txt").write_text("1 - -\n", "utf-8")
    one, two = judge_sheets.collect(folder)  # of the third there is no score
    first, second = shown(folder, 1)
    assert one.adventure == "t-001"
    assert one.prompt == sample(1).prompt
    assert one.replies == tuple(map(ScoredReply, first, (4, 3, 2, 1)))
    assert two.replies == tuple(map(ScoredReply, second[:3], (0, 1, 2)))


def test_judges_without_a_single_score_are_refused(tmp_path: Path) -> None:
    folder = sampled(tmp_path, sample(1, replies=2))
    judge_sheets.write_sheets(folder, size=2, seed=1)
    (folder / "scores-1.txt").write_text("1 - -\n", "utf-8")
    with pytest.raises(InputRefused, match=r"No reply in .* has a score"):
        judge_sheets.collect(folder)


@pytest.mark.parametrize("content", ["{", "[]", '{"adventure": "t-001"}', '"text"', "[[1]]"])
def test_damaged_files_are_refused(tmp_path: Path, content: str) -> None:
    folder = sampled(tmp_path, sample(1))
    with (folder / SAMPLED).open("a", encoding="utf-8") as file:
        file.write(f"{content}\n")
    with pytest.raises(InputRefused, match="line 2: this is no sample"):
        judge_sheets.prepare(folder)
    (folder / KEY).write_text("{" if content == "[]" else content, "utf-8")
    with pytest.raises(InputRefused, match="is not as `sheets` wrote it"):
        judge_sheets.read_key(folder / KEY)


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        (None, "cannot be read: No such file or directory. A judge writes it."),
        (b"\xff", "is not UTF-8"),
        ("1 1 2 3 4\n", "has no scores for 2."),
        ("1 1 2 3 4\n3 1 2 3 4\n", "line 2: “3” is no situation from 1 to 2."),
        ("one 1 2 3 4\n", "line 1: “one” is no situation"),
        ("1 1 2 3\n", "line 1: 3 scores for 4 replies."),
        ("1 1 2 3 4 4\n", "line 1: 5 scores for 4 replies."),
        ("1 1 2 3 5\n", "line 1: “5” is no score: 0 to 4, or -."),
        ("1 1 2 3 4\n\n1 1 2 3 4\n", "line 3: situation 1 has scores already."),
    ],
)
def test_scores_that_do_not_fit_are_refused(
    tmp_path: Path, scores: str | bytes | None, sentence: str
) -> None:
    folder = sampled(tmp_path, sample(1), sample(2))
    judge_sheets.write_sheets(folder, size=2, seed=1)
    if scores is not None:
        data = scores.encode() if isinstance(scores, str) else scores
        (folder / "scores-1.txt").write_bytes(data)
    with pytest.raises(InputRefused) as refused:
        judge_sheets.collect(folder)
    assert str(refused.value).startswith(str(folder / "scores-1.txt"))
    assert sentence in str(refused.value)


def test_the_key_keeps_the_order_of_the_sheet(tmp_path: Path) -> None:
    folder = sampled(tmp_path, sample(1), sample(2))
    judge_sheets.write_sheets(folder, size=2, seed=1)
    [sheet] = json.loads((folder / KEY).read_text("utf-8"))
    assert [each["replies"] for each in sheet] == shown(folder, 1)
