import json
from pathlib import Path

import pytest

from dungeon.errors import InputRefused
from tests.training.small_corpus import record, write_corpus, write_records
from training.data.corpus import HOLDOUT_EVERY, read_corpus
from training.data.documents import Document, Span, mask_actions


def test_a_folder_is_read_split_by_split(tmp_path: Path) -> None:
    corpus = read_corpus(write_corpus(tmp_path / "tales", train=5, validation=2))
    assert corpus.name == "tales"
    assert [each.id for each in corpus.documents("train")] == list("01234")
    (first, *_) = corpus.documents("validation")
    assert [span.train for span in first.spans] == [False, True]
    assert first.text == "".join(span["text"] for span in record(10_000)["spans"])
    assert list(corpus.documents("test")) == []


def test_licences_are_counted(tmp_path: Path) -> None:
    folder = write_corpus(tmp_path)
    records = [record(n, licence="MIT" if n else "CC0-1.0") for n in range(3)]
    write_records(folder / "train.jsonl", records)
    assert read_corpus(folder).licences() == {"MIT": 2, "CC0-1.0": 1}


def test_without_a_validation_split_some_training_documents_are_held_out(tmp_path: Path) -> None:
    folder = write_corpus(tmp_path, train=2 * HOLDOUT_EVERY)
    (folder / "validation.jsonl").unlink()
    corpus = read_corpus(folder)
    train = {each.id for each in corpus.documents("train")}
    validation = {each.id for each in corpus.documents("validation")}
    assert len(validation) == 2
    assert not train & validation
    assert len(train | validation) == 2 * HOLDOUT_EVERY


def test_documents_with_the_same_id_are_in_the_same_split(tmp_path: Path) -> None:
    folder = write_corpus(tmp_path)
    (folder / "validation.jsonl").unlink()
    once = [record(n) for n in range(2 * HOLDOUT_EVERY)]
    write_records(folder / "train.jsonl", once + once)
    corpus = read_corpus(folder)
    train = [each.id for each in corpus.documents("train")]
    validation = [each.id for each in corpus.documents("validation")]
    assert len(validation) == 4
    assert len(set(validation)) == 2
    assert not set(validation) & set(train)


def test_text_is_cleaned(tmp_path: Path) -> None:
    folder = write_corpus(tmp_path)
    hostile = {"id": "1", "spans": [{"text": "a\x1b[2J\u202eb", "train": True}]}
    write_records(folder / "train.jsonl", [hostile])
    (document,) = read_corpus(folder).documents("train")
    assert document.text == "a[2Jb"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not valid JSON"),
        ("[" * 200_000, "not valid JSON"),
        ("[]", "no JSON object"),
        ('{"tale": "text"}', "no text: its columns are tale"),
        ('{"spans": "text"}', "no list of spans"),
        ('{"spans": [{"train": true}]}', "span without text"),
        ('{"spans": [{"text": "a", "train": "yes"}]}', "neither true nor false"),
    ],
)
def test_a_broken_line_is_reported_by_number(tmp_path: Path, line: str, message: str) -> None:
    folder = write_corpus(tmp_path)
    with (folder / "train.jsonl").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
    with pytest.raises(InputRefused, match=message) as refused:
        list(read_corpus(folder).documents("train"))
    assert "line 61" in str(refused.value)


def test_empty_files_of_a_folder_are_passed_over_with_a_note(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("A fox runs.\n\n" * 200)
    (tmp_path / "empty.txt").touch()
    assert read_corpus(tmp_path).notes == ("Not read, because they are empty: empty.txt.",)


def test_a_path_without_a_corpus_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="There is no corpus"):
        read_corpus(tmp_path / "nowhere")
    with pytest.raises(InputRefused, match="has no data files"):
        read_corpus(tmp_path)
    (tmp_path / "train.jsonl").touch()
    with pytest.raises(InputRefused, match="is empty"):
        read_corpus(tmp_path)
    (tmp_path / "train.jsonl").write_text(json.dumps(record(1)), encoding="utf-8")
    with pytest.raises(InputRefused, match="too few documents"):
        read_corpus(tmp_path)
    (tmp_path / "train.jsonl").write_bytes(b'{"spans": [\xff\xfe')
    with pytest.raises(InputRefused, match="not text in UTF-8: the byte at offset 11"):
        read_corpus(tmp_path)


def test_a_text_file_is_split_at_the_markers_of_older_trainers(tmp_path: Path) -> None:
    tales = [f"Tale {n}. " + "And then it went on. " * 5 for n in range(30)]
    text = "".join(f"<|startoftext|>{tale}<|endoftext|>\n" for tale in tales)
    (tmp_path / "tales.txt").write_text(text, encoding="utf-8")
    corpus = read_corpus(tmp_path / "tales.txt")
    train = [each.text for each in corpus.documents("train")]
    validation = [each.text for each in corpus.documents("validation")]
    assert len(validation) == 1
    assert sorted(train + validation) == sorted(tale.strip() for tale in tales)


def test_a_chat_is_trained_on_without_markers_and_its_instructions_are_context(
    tmp_path: Path,
) -> None:
    chat = "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>assistant\nRaft {}.<|im_end|>\n"
    (tmp_path / "chat.txt").write_text("".join(map(chat.format, range(60))), encoding="utf-8")
    documents = [*read_corpus(tmp_path / "chat.txt").documents("train")]
    assert documents[0].spans == (Span("Be brief.\n\n", train=False), Span("Raft 0.", train=True))
    assert len(documents) == 57


def test_records_are_split_at_the_markers_of_older_trainers(tmp_path: Path) -> None:
    spans = [{"text": "A gate.", "train": False}, {"text": "\n\nIt opens.<|endoftext|>"}]
    spans.append({"text": "A raft."})
    lines = (json.dumps({"id": str(n), "spans": spans}) + "\n" for n in range(HOLDOUT_EVERY))
    (tmp_path / "train.jsonl").write_text("".join(lines), encoding="utf-8")
    documents = [*read_corpus(tmp_path).documents("train")]
    assert [each.text for each in documents[:2]] == ["A gate.\n\nIt opens.", "A raft."]


def test_a_text_file_without_markers_is_cut_at_empty_lines(tmp_path: Path) -> None:
    paragraphs = [f"Paragraph {n} says something.\nIn two lines.\n\n" for n in range(200)]
    (tmp_path / "tale.txt").write_text("".join(paragraphs), encoding="utf-8")
    corpus = read_corpus(tmp_path / "tale.txt")
    documents = [*corpus.documents("train"), *corpus.documents("validation")]
    assert len(documents) > HOLDOUT_EVERY
    assert all(each.text.startswith("Paragraph") for each in documents)
    assert sum(each.text.count("Paragraph") for each in documents) == 200


def test_too_little_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tale.txt").write_text("Once.", encoding="utf-8")
    with pytest.raises(InputRefused, match="5 bytes"):
        read_corpus(tmp_path / "tale.txt")


def test_on_replies_only_action_lines_are_context_but_for_their_mark() -> None:
    document = Document(
        "d",
        "w",
        "MIT",
        (
            Span("A gate.\n\n", train=False),
            Span(
                "> You knock. (You roll 3 of 20 and fail.)\n\nNobody.\n\n> You go.",
                train=True,
            ),
        ),
    )
    masked = mask_actions(document)
    assert masked.text == document.text
    assert [span.text for span in masked.spans if span.train] == [">", "\n\nNobody.\n\n>"]


def test_on_replies_only_prose_is_as_it_was() -> None:
    document = Document("d", "w", "MIT", (Span("One.\n\nTwo > one.", train=True),))
    assert mask_actions(document) == document


def test_an_action_line_across_two_spans_is_context_in_both() -> None:
    spans = (Span("A gate.\n\n> You go", train=True), Span(" north.\n\nSnow falls.", train=True))
    masked = mask_actions(Document("d", "w", "MIT", spans))
    assert [(span.text, span.train) for span in masked.spans] == [
        ("A gate.\n\n>", True),
        (" You go", False),
        (" north.", False),
        ("\n\nSnow falls.", True),
    ]
