"""A model's thinking is no part of a reply, however the stream is cut."""

from dungeon.prose.thinking import ThinkingFilter, ends_in_thinking
from tests.rows import every_row


def without_thinking(*chunks: str) -> str:
    thinking = ThinkingFilter()
    return "".join([*map(thinking.feed, chunks), thinking.finish()])


@every_row(
    ("stream", "reply"),
    [
        ("\n\nThe gate opens.", "\n\nThe gate opens."),
        ("<think>A gate…\n\nOpen it.</think>\n\nThe gate opens.", "The gate opens."),
        ("<think>\n\n</think>\n\nThe gate opens.", "The gate opens."),
        ("<thinking>Hm.</thinking> The gate <think>or door</think> opens.", "The gate opens."),
        ("The gate opens.<think>And now? It never ends", "The gate opens."),
        ("The gate opens.</think>", "The gate opens."),
        ("<think>a<think>b</think>The gate opens.", "The gate opens."),
        ("Is 2 < 3, and <thin> no tag? <", "Is 2 < 3, and <thin> no tag? <"),
        ("The sign says <thin", "The sign says <thin"),
    ],
)
def test_thinking_is_removed_whole_and_in_pieces(stream: str, reply: str) -> None:
    assert without_thinking(stream) == reply
    assert without_thinking(*stream) == reply
    for cut in range(len(stream)):
        assert without_thinking(stream[:cut], stream[cut:]) == reply


def test_text_is_shown_as_soon_as_it_is_no_tag() -> None:
    thinking = ThinkingFilter()
    assert thinking.feed("The gate <th") == "The gate "
    assert thinking.feed("at opens>") == "<that opens>"


def test_hostile_streams_take_linear_time() -> None:
    assert without_thinking("<think></think>" * 100_000) == ""
    assert without_thinking("<" * 1_000_000) == "<" * 1_000_000


@every_row(
    ("text", "is_open"),
    [
        ("", False),
        ("The gate opens.", False),
        ("<think>A gate…", True),
        ("<think>A gate…</think>The gate", False),
        ("<think>A gate…</think>The gate<thinking>", True),
        ("The gate</think>", False),
        ("The gate<thin", False),
    ],
)
def test_a_text_ends_in_thinking(text: str, is_open: bool) -> None:
    assert ends_in_thinking(text) == is_open
