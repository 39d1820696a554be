import json
from dataclasses import replace
from pathlib import Path

import pytest

from corpus_scraper.corpus import plots, report
from corpus_scraper.corpus.build import build
from corpus_scraper.corpus.folder import read_lines
from corpus_scraper.corpus.settings import BuildSettings
from dungeon.errors import GrueError, InputRefused
from tests.corpus_scraper.stories import file, stories, story


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    graphs = [*stories(25), story(50, licence="unknown"), story(51, licence="CC-BY-4.0")]
    build([file(folder, graphs)], folder / "corpus", BuildSettings())
    return folder / "corpus"


def test_lengths_and_persons_are_measured_from_the_files(corpus: Path) -> None:
    found = report.report_document(report.measure(corpus))
    for split, lengths in found["lengths"].items():
        records = list(read_lines(corpus / f"{split}.jsonl"))
        spans = [span for record in records for span in record["spans"]]
        assert lengths["documents"] == len(records)
        assert lengths["trained_characters"] == sum(len(s["text"]) for s in spans if s["train"])
        assert (
            lengths["context_characters"]
            == sum(len(s["text"]) for s in spans if not s["train"])
            > 0
        )
        lines = [line for s in spans if s["train"] for line in s["text"].split("\n")]
        assert lengths["action_lines"] == sum(line.startswith("> ") for line in lines) > 0
        assert 0 < lengths["percentiles"]["p10"] <= lengths["percentiles"]["p90"]
    assert found["pronouns"]["first"] == 0
    assert 0.04 < found["pronouns"]["second"] < 0.08  # one of seventeen words
    assert found["excluded"] == {
        "licence": {"its licence is unknown": pytest.approx(3000, rel=0.5)}
    }


def test_the_report_reads_as_lines(corpus: Path) -> None:
    lines = report.report_text(report.measure(corpus)).split("\n")
    headings = [line for line in lines if line and not line.startswith(" ")]
    assert headings == [
        "Sizes", "Licences", "Perspective", "Sources", "Largest works",
        "Contamination", "Action lines", "Losses by cause", "Leftover markup", "Warnings",
    ]  # fmt: skip
    assert any(line.startswith("  CC-BY-4.0: 1 work, ") for line in lines)
    assert any(line.startswith("  train: ") and "coverage 100.0%" in line for line in lines)
    at = lines.index("Losses by cause") + 1
    assert lines[at].startswith("  licence: ")
    assert lines[at].endswith("% of what was read")
    assert lines[at + 1].startswith("    its licence is unknown (")
    assert any(line.startswith("  train: 100.0% “> You …”") for line in lines)
    assert any(line.startswith("  licence removed ") for line in lines)


def test_names_from_outside_are_cleaned(corpus: Path) -> None:
    found = report.measure(corpus)
    found.manifest["largest_works"][0]["work"] = "tale\x1b[2J\u202e"
    assert "\x1b" not in report.report_text(found)
    assert "tale[2J" in report.report_text(found)


def test_the_pictures_are_drawn(corpus: Path, tmp_path: Path) -> None:
    found = report.measure(corpus)
    found.excluded["x$y_{"] = found.excluded["licence"]  # what a formula would choke on
    plots.draw(found, tmp_path / "report.png")
    drawn = (tmp_path / "report.png").read_bytes()
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(drawn[16:20], "big") == 1400


def test_an_empty_split_is_no_trouble(tmp_path: Path) -> None:
    build([file(tmp_path, [story(1)])], tmp_path / "corpus", BuildSettings(holdout_fraction=0))
    found = report.measure(tmp_path / "corpus")
    assert report.report_document(found)["lengths"]["test"]["percentiles"] == {
        "p10": 0, "p50": 0, "p90": 0,
    }  # fmt: skip
    assert "test is empty" in report.report_text(found)
    with pytest.raises(GrueError, match="cannot be written"):
        plots.draw(found, tmp_path / "gone" / "report.png")
    assert json.dumps(report.report_document(found))


def test_what_was_changed_since_it_was_built_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    build([file(tmp_path, [story(1)])], folder, BuildSettings(holdout_fraction=0))
    assert report.measure(folder).changed == ()
    for name in ("train.jsonl", "README.md"):
        (folder / name).write_text((folder / name).read_text() + "\n" * (name == "README.md"))
    assert report.measure(folder).changed == ()
    text = (folder / "train.jsonl").read_text()
    (folder / "train.jsonl").write_text(text.replace("lamp", "lantern"))
    found = report.measure(folder)
    assert found.changed == ("train.jsonl",)
    assert "train.jsonl has changed since the corpus was built." in report.report_text(found)


def test_what_is_no_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="is no corpus"):
        report.measure(tmp_path)


def test_losses_count_once_at_the_block_that_caused_them(corpus: Path) -> None:
    found = report.report_document(report.measure(corpus))
    blocks = found["manifest"]["blocks"]
    (loss,) = found["losses"]
    gone = blocks["licence"]["characters_in"] - blocks["licence"]["characters_out"]
    assert loss["block"] == "licence"
    assert loss["characters"] == sum(loss["reasons"].values()) == gone
    assert loss["share"] == round(gone / blocks["licence"]["characters_in"], 5)


def test_leftover_markup_is_shown_with_examples(tmp_path: Path) -> None:
    whole = story(1)
    first, *others = whole.passages
    first = replace(first, text=f"{first.text} You hold $gold.")
    graphs = [replace(whole, passages=(first, *others)), story(2)]
    build([file(tmp_path, graphs)], tmp_path / "corpus", BuildSettings(max_work_share=1))
    lines = report.report_text(report.measure(tmp_path / "corpus")).split("\n")
    at = lines.index("Leftover markup") + 1
    assert lines[at].startswith("  test: 1 in ")
    assert lines[at].endswith(" per 100: variable 1")
    assert lines[at + 1].startswith("    variable: ")
    assert lines[at + 1].endswith("You hold $gold. (tales/1.json)")
