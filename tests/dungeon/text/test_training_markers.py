"""Texts of older trainers and chats are split at their special tokens."""

from dungeon.text.training_markers import (
    MarkedDocument,
    remove_markers,
    split_documents,
    split_lines,
)
from tests.rows import every_row

PLAY = "A raft.\n\n> Look at the goat.\n\nThe goat looks back."


@every_row(
    "text",
    [
        f"<|startoftext|>\n{PLAY}\n<|endoftext|>\n<|startoftext|>{PLAY}<|endoftext|>",
        f"{PLAY}<|endoftext|>{PLAY}",
        f"<|begin_of_text|>{PLAY}<|end_of_text|>\n<|begin_of_text|>{PLAY}",
        2
        * (
            "<|im_start|>system\n<|im_end|>\n<|im_start|>assistant\nA raft.<|im_end|>\n"
            "<|im_start|>user\nLook at\nthe goat.<|im_end|>\n"
            "<|im_start|>assistant\nThe goat looks back.<|im_end|>\n"
        ),
        2
        * (
            "<|begin_of_text|><|start_header_id|>assistant<|end_header_id|>\n\nA raft.<|eot_id|>"
            "<|start_header_id|>user<|end_header_id|>\n\nLook at the goat.<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\nThe goat looks back.<|eot_id|>"
        ),
        2 * "<s>A raft.[INST] Look at the goat. [/INST] The goat looks back. </s>",
    ],
)
def test_each_document_is_a_transcript_without_markers(text: str) -> None:
    assert [document.text for document in split_documents(text)] == [PLAY, PLAY]


def test_a_system_prompt_is_left_out_and_counted() -> None:
    text = "<s>[INST] <<SYS>>\nTell a story.\n<</SYS>>\n\nLook. [/INST] A raft. </s>"
    assert list(split_documents(text)) == [MarkedDocument("> Look.\n\nA raft.", ("Tell a story.",))]


@every_row("text", [PLAY, "He <s>ran</s> and wrote <| and |>.", ""])
def test_text_without_markers_is_left_as_it_is(text: str) -> None:
    assert list(split_documents(text)) == [MarkedDocument(text)]


@every_row("border", ["<|endoftext|>", "<|begin_of_text|>", "<|startoftext|>"])
def test_a_long_text_is_split_line_by_line(border: str) -> None:
    text = f"One.\nTwo.{border}Three.{border}\nFour.\n"
    texts = [each.text for each in split_lines(text.splitlines(keepends=True), 100)]
    assert texts == ["One.\nTwo.", "Three.", "Four."]


def test_a_long_text_without_markers_is_cut_at_empty_lines() -> None:
    texts = [each.text for each in split_lines(["A raft.\n", "\n"] * 100, 8)]
    assert "".join(texts).split() == ["A", "raft."] * 100
    assert max(map(len, texts)) < 20


def test_a_chat_of_several_conversations_is_split_line_by_line() -> None:
    chat = (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nLook.<|im_end|>\n"
        "<|im_start|>assistant\nA raft.<|im_end|>\n"
    )
    documents = list(split_lines((2 * chat).splitlines(keepends=True), 1_000))
    assert documents == 2 * [MarkedDocument("> Look.\n\nA raft.", ("Be brief.",))]


def test_markers_are_removed_from_one_line() -> None:
    assert remove_markers("Swim <|eot_id|>to the shore.<|im_end|>") == "Swim to the shore."
