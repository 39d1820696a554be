"""`grue train` reads what people have, or says what is wrong with it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dungeon.errors import InputRefused
from tests.rows import every_row
from tests.training.small_corpus import record
from training.data import text_files
from training.data.corpus import Corpus, read_corpus
from training.data.documents import Document, mask_actions
from training.data.row_files import LeftOut
from training.data.tokens import encode, fast_tokenizer
from training.models import shapes

FAILING = Path(__file__).parents[3] / "../shared/failing"

ROWS = [{"text": f"The bell of house {n} rang twice.", "license": "MIT"} for n in range(40)]


def texts(corpus: Corpus) -> list[str]:
    both = (*corpus.documents("train"), *corpus.documents("validation"))
    return sorted(document.text for document in both)


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def save_to_disk(path: Path, rows: list[dict[str, Any]]) -> Path:
    datasets = pytest.importorskip("datasets")
    whole = datasets.Dataset.from_list(rows)
    half = {"train": range(30), "validation": range(30, 40)}
    splits = {name: whole.select(places) for name, places in half.items()}
    datasets.DatasetDict(splits).save_to_disk(str(path))
    (path / "train" / "cache-1f.arrow").write_bytes(b"\xff\xff\xff\xffof another computation")
    return path


def save_parts(path: Path, rows: list[dict[str, Any]]) -> Path:
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    (path / "data").mkdir(parents=True)
    (path / "README.md").write_text("---\nlicense: mit\n---\n", "utf-8")
    for number, part in enumerate((rows[:15], rows[15:30])):
        table = pyarrow.Table.from_pylist(part)
        parquet.write_table(table, path / "data" / f"train-0000{number}-of-00002.parquet")
    write_lines(path / "data" / "validation.jsonl", rows[30:])
    return path


@pytest.mark.parametrize("write", [write_lines, save_to_disk, save_parts])
def test_every_row_is_a_document(tmp_path: Path, write: Callable[..., Path]) -> None:
    corpus = read_corpus(write(tmp_path / "bells", ROWS))
    assert texts(corpus) == sorted(row["text"] for row in ROWS)
    assert set(corpus.licences()) == {"MIT"}
    if write is not write_lines:
        assert len(list(corpus.documents("train"))) == 30
    assert corpus.notes == ()
    assert {document.source for document in corpus.documents("train")} == {"bells"}


def test_files_of_a_folder_are_sources_and_others_are_noted(tmp_path: Path) -> None:
    write_lines(tmp_path / "bells.jsonl", ROWS)
    (tmp_path / "towers.csv").write_text("text\nA tower.\n", "utf-8")
    (tmp_path / "tower.png").write_bytes(b"\x89PNG")
    corpus = read_corpus(tmp_path)
    assert corpus.notes == ("Not read, because they are no data files: tower.png.",)
    documents = list(corpus.documents("train"))
    assert {each.source for each in documents} == {"bells", "towers"}


def test_links_of_the_hubs_cache_are_followed(tmp_path: Path) -> None:
    blob = write_lines(tmp_path / "blob", ROWS)
    (tmp_path / "snapshot").mkdir()
    (tmp_path / "snapshot" / "train.jsonl").symlink_to(blob)
    assert len(texts(read_corpus(tmp_path / "snapshot"))) == 40


def test_small_texts_of_a_folder_are_documents_of_their_own(tmp_path: Path) -> None:
    for number in range(40):
        text = f"Tale {number}.\n\n" + "And then it went on.\n\n" * 5
        (tmp_path / f"tale {number}.txt").write_text(text, "utf-8")
    assert len(texts(read_corpus(tmp_path))) == 40


@every_row("name", ["15-rows.csv", "16-lines.jsonl"])
def test_the_shared_tables_have_120_documents(name: str) -> None:
    if not (FAILING / name).is_file():
        pytest.skip("the shared files are not here")
    assert len(texts(read_corpus(FAILING / name))) == 120


def test_the_shared_text_in_utf_16_is_read() -> None:
    if not (FAILING / "13-utf16.txt").is_file():
        pytest.skip("the shared files are not here")
    found = texts(read_corpus(FAILING / "13-utf16.txt"))
    assert len(found) >= 20
    assert all("café" in text and "\ufffd" not in text for text in found)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\x7fELF\0\0" * 1_000, "no text file and no data file"),
        (b"A caf\xe9. " * 1_000, r"not text in UTF-8: the byte at offset 5 "),
        (b'{"tale": "A bell."}\n', "line 1 has no text: its columns are tale"),
        (b'{"passages": [], "start": "1"}\n', "Run `grue corpus build`"),
        (b"text\n", "no training documents"),
        (b"A bell.", "only 7 bytes of text"),
    ],
)
def test_what_cannot_be_trained_on_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.csv" if content == b"text\n" else tmp_path / "a.txt").write_bytes(content)
    [path] = tmp_path.iterdir()
    with pytest.raises(InputRefused, match=message):
        read_corpus(path)


def test_a_folder_without_training_files_is_refused(tmp_path: Path) -> None:
    write_lines(tmp_path / "test.jsonl", ROWS)
    with pytest.raises(InputRefused, match="files for test only"):
        read_corpus(tmp_path)


# Text --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [20_000, 400_000])
def test_one_very_long_line_is_split_at_sentences(tmp_path: Path, size: int) -> None:
    sentence = "Mr. Hill rang the bell, and nobody came. "
    (tmp_path / "a.txt").write_text(sentence * (size // len(sentence)), "utf-8")
    found = texts(read_corpus(tmp_path / "a.txt"))
    assert len(found) >= 20
    assert all(text.startswith("Mr. Hill") and text.endswith("came.") for text in found)
    assert " ".join(found).split() == (sentence * (size // len(sentence))).split()


def test_a_long_line_without_sentences_is_split_at_words(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("bell " * 4_000, "utf-8")
    found = texts(read_corpus(tmp_path / "a.txt"))
    assert len(found) >= 20
    assert {word for text in found for word in text.split()} == {"bell"}


def test_an_endless_line_takes_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_files, "MAX_DOCUMENT", 1_000)
    (tmp_path / "a.txt").write_text("b" * 100_000, "utf-8")
    with (tmp_path / "a.txt").open(encoding="utf-8") as text:
        parts = list(text_files._lines(text, 1_000))
    assert "".join(parts) == "b" * 100_000
    assert max(map(len, parts)) <= 1_000


def test_lines_of_old_macs_are_lines(tmp_path: Path) -> None:
    lines = "".join(f"Bell {n} rang.\r\r" for n in range(200))
    (tmp_path / "a.txt").write_bytes(lines.encode())
    assert all("\n\n" in text or text.count("Bell") == 1 for text in texts(read_corpus(tmp_path)))


# What is trained on ------------------------------------------------------------------------------

PLAY = [
    {"role": "system", "content": "A bell tower."},
    {"role": "assistant", "content": "You climb."},
    {"role": "user", "content": "ring the bell"},
    {"role": "assistant", "content": "It rings."},
]


def trained(document: Document) -> list[str]:
    return [span.text for span in document.spans if span.train and span.text]


@pytest.mark.parametrize(
    ("row", "on_all", "on_replies"),
    [
        (
            {"messages": PLAY},
            "\n\nYou climb.|\n\n> You ring the bell.|\n\nIt rings.",
            "\n\nYou climb.|\n\n>|\n\nIt rings.",
        ),
        (
            {"prompt": "A bell tower.", "completion": "It rings."},
            "A bell tower.|\n\nIt rings.",
            "\n\nIt rings.",
        ),
        (
            {"text": "A bell.\n\n> You ring it.\n\nIt rings."},
            "A bell.\n\n> You ring it.\n\nIt rings.",
            "A bell.\n\n>|\n\nIt rings.",
        ),
    ],
)
def test_every_format_is_trained_on_all_or_on_replies(
    tmp_path: Path, row: dict[str, Any], on_all: str, on_replies: str
) -> None:
    corpus = read_corpus(write_lines(tmp_path / "a.jsonl", [row] * 40))
    document = next(corpus.documents("train"))
    assert "|".join(trained(document)) == on_all
    assert "|".join(trained(mask_actions(document))) == on_replies


def test_the_trained_tokens_of_a_conversation_are_its_replies(tmp_path: Path) -> None:
    corpus = read_corpus(write_lines(tmp_path / "a.jsonl", [{"messages": PLAY}] * 40))
    tokenizer = shapes.train_tokenizer([str(record(n)) for n in range(20)], 400)
    encoded = encode(corpus, "train", tokenizer, tmp_path / "cache")
    first = slice(0, int(encoded.starts[1]) - 1)
    tokens = encoded.ids[first]
    plain = fast_tokenizer(tokenizer)
    assert encoded.memory is not None
    assert plain.decode(tokens[: encoded.memory[0]]) == "A bell tower.\n\n"
    assert plain.decode(tokens).startswith("A bell tower.\n\nYou climb.")
    assert plain.decode(tokens[np.asarray(encoded.loss_mask[first])]).startswith("\n\nYou climb.")


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    tool = {"role": "tool", "content": "42"}
    rows = [*ROWS, {"text": ""}, {"messages": PLAY[:1]}, {"messages": [tool, *PLAY]}]
    corpus = read_corpus(write_lines(tmp_path / "a.jsonl", rows))
    tokenizer = shapes.train_tokenizer([str(record(n)) for n in range(20)], 400)
    for _ in range(2):  # the second time from the cache
        encoded = encode(corpus, "train", tokenizer, tmp_path / "cache")
        assert encoded.left_out == LeftOut(rows=2, messages=1)
    assert list(encoded.left_out.describe()) == [
        "Left out, without text or without a reply: 2 rows.",
        "Left out, of tools or no text: 1 part of conversations.",
    ]
