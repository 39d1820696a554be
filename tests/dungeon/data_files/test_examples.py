from typing import Any

import pytest

from dungeon.data_files.examples import Example, Piece, read_examples
from dungeon.data_files.rows import Row
from dungeon.errors import InputRefused
from tests.rows import every_row


def examples(**values: Any) -> list[Example]:
    return list(read_examples(Row(values, "a.jsonl, line 3", 3)))


def pieces(**values: Any) -> list[tuple[str, str]]:
    [example] = examples(**values)
    return [(piece.kind, piece.text) for piece in example.pieces]


def message(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


PLAY = [
    message("system", "A prison break."),
    message("assistant", "You wake in a cell."),
    message("user", "open the door"),
    message("assistant", "It is locked."),
]
PLAYED = [
    ("memory", "A prison break."),
    ("reply", "\n\nYou wake in a cell."),
    ("action", "\n\n> You open the door."),
    ("reply", "\n\nIt is locked."),
]


def test_a_conversation_becomes_a_transcript() -> None:
    assert pieces(messages=PLAY) == PLAYED


def test_a_conversation_of_sharegpt_is_the_same() -> None:
    names = {"system": "system", "user": "human", "assistant": "gpt"}
    play = [{"from": names[each["role"]], "value": each["content"]} for each in PLAY]
    assert pieces(conversations=play) == PLAYED


def test_an_instruction_at_the_start_is_the_premise() -> None:
    play = [message("user", "Write a story about a fox."), message("assistant", "A fox runs.")]
    assert pieces(messages=play) == [
        ("memory", "Write a story about a fox."),
        ("reply", "\n\nA fox runs."),
    ]


def test_prose_by_the_user_is_context_and_asking_for_more_is_nothing() -> None:
    rest = [
        message("user", "The guard comes back.\n\nHe is drunk."),
        message("assistant", "He sings."),
        message("user", "Continue."),
        message("assistant", "He falls."),
    ]
    assert pieces(messages=PLAY + rest)[4:] == [
        ("context", "\n\nThe guard comes back.\n\nHe is drunk."),
        ("reply", "\n\nHe sings."),
        ("reply", "\n\nHe falls."),
    ]


def test_what_is_no_text_in_a_conversation_is_counted() -> None:
    parts = [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {}}]
    play = [message("user", parts), message("tool", "42"), message("assistant", "A cell.")]
    [example] = examples(messages=play)
    assert [piece.kind for piece in example.pieces] == ["action", "reply"]
    assert example.left_out == 2


def test_a_conversation_without_a_reply_has_no_text() -> None:
    assert pieces(messages=PLAY[:1]) == []


@every_row(
    ("given", "wanted", "joined"),
    [
        ("A cell.", "It is dark.", "A cell.\n\nIt is dark."),
        ("Once upon", " a time.", "Once upon a time."),
        ("Once upon ", "a time.", "Once upon a time."),
        ("", "It is dark.", "It is dark."),
    ],
)
def test_a_prompt_is_followed_by_its_completion(given: str, wanted: str, joined: str) -> None:
    found = pieces(prompt=given, completion=wanted)
    assert "".join(text for _, text in found) == joined
    assert found[-1][0] == "reply"
    assert [kind for kind, _ in found[:-1]] == (["context"] if given else [])


def test_an_instruction_with_input_is_a_prompt() -> None:
    assert pieces(instruction="Tell.", input="A fox.", output="It runs.") == [
        ("context", "Tell.\n\nA fox."),
        ("reply", "\n\nIt runs."),
    ]


def test_a_prompt_may_be_a_conversation() -> None:
    assert pieces(prompt=PLAY[:3], completion=PLAY[3:]) == [
        *PLAYED[:1],
        ("context", PLAYED[1][1]),
        *PLAYED[2:],
    ]


def test_text_is_cleaned_and_split_at_markers() -> None:
    found = examples(text="A fox.\x1b\r\n<|endoftext|>A hen.")
    assert [example.pieces for example in found] == [
        (Piece("text", "A fox."),),
        (Piece("text", "A hen."),),
    ]


@every_row("values", [{"text": None}, {"text": " "}, {"messages": []}])
def test_a_row_with_empty_text_has_no_pieces(values: dict[str, Any]) -> None:
    assert pieces(**values) == []


def test_metadata_is_kept() -> None:
    [example] = examples(text="A fox.", id=7, license="MIT", title="Fox\n", author=None)
    assert example.metadata == {"id": "7", "licence": "MIT", "title": "Fox"}


@every_row(
    ("values", "refusal"),
    [
        ({"story": "A", "url": "B"}, "line 3 has no text: its columns are story, url"),
        ({}, "its columns are none"),
        ({"text": 7}, "no text in the column text, but a number"),
        ({"messages": "A"}, "no list of messages in the column messages"),
        ({"messages": ["A"]}, "message 1"),
        ({"messages": [message("narrator", "A")]}, "the role “narrator”"),
        ({"messages": [{"content": "A"}]}, "no `role`"),
        ({"passages": [], "start": "1"}, "Run `grue corpus build`"),
        ({"format": "grue adventure", "turns": []}, "Run `grue corpus build`"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_by_name(values: dict[str, Any], refusal: str) -> None:
    with pytest.raises(InputRefused, match=refusal) as refused:
        examples(**values)
    assert str(refused.value).startswith("a.jsonl, line 3 ")
