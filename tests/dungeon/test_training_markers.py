"""Texts of older trainers and chats are split at their special tokens."""

import pytest

from dungeon.training_markers import MarkedDocument, split_documents

PLAY = "A raft.\n\n> Look at the goat.\n\nThe goat looks back."


@pytest.mark.parametrize(
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
    ids="both end llama3-base chatml llama3 llama2".split(),
)
def test_each_document_is_a_transcript_without_markers(text: str) -> None:
    assert [document.text for document in split_documents(text)] == [PLAY, PLAY]


def test_a_system_prompt_is_left_out_and_counted() -> None:
    text = "<s>[INST] <<SYS>>\nTell a story.\n<</SYS>>\n\nLook. [/INST] A raft. </s>"
    assert list(split_documents(text)) == [MarkedDocument("> Look.\n\nA raft.", ("Tell a story.",))]


@pytest.mark.parametrize("text", [PLAY, "He <s>ran</s> and wrote <| and |>.", ""])
def test_text_without_markers_is_left_as_it_is(text: str) -> None:
    assert list(split_documents(text)) == [MarkedDocument(text)]
