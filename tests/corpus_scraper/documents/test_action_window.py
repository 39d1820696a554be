"""Provides proof that what is left around the player's lines is whole, near them, and answers."""

from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.documents.action_window import select_action_windows
from corpus_scraper.documents.documents import Document
from corpus_scraper.documents.paths import Span
from dungeon import transcript
from dungeon.transcript import ActionLine, Prose

FAR = "Nothing happened for a while, and then for a while longer. " * 8


def document(*spans: tuple[str, bool]) -> Document:
    return Document(tuple(Span(text, train) for text, train in spans), conditional=False)


def told(parts: list[Document]) -> list[str]:
    return ["".join(span.text for span in part.spans) for part in parts]


def test_what_is_near_stays_as_it_is() -> None:
    text = "A door.\n\n> You knock.\n\nNobody answers.\n\n> You wait.\n\nA bolt is drawn."
    whole = document((text, True))
    assert select_action_windows(whole, 100) == [whole]


def test_what_is_far_parts_the_document_at_sentences() -> None:
    text = f"{FAR}A door.\n\n> You knock.\n\nSteps. {FAR}\n\n{FAR}A window.\n\n> You climb in."
    parts = told(select_action_windows(document((f"{text}\n\nIt is dark. {FAR}", True)), 120))
    assert len(parts) == 2
    first, second = parts
    assert first.startswith("Nothing happened")
    assert "A door.\n\n> You knock.\n\nSteps. Nothing" in first
    assert first.endswith("longer.")
    assert second.startswith("Nothing happened")
    assert "A window.\n\n> You climb in.\n\nIt is dark. Nothing" in second
    assert max(map(len, parts)) < 2 * 120 + len("\n\n> You climb in.\n\n")


def test_a_quotation_is_not_cut() -> None:
    said = "“I waited. I waited long. I waited longer than you did.”"
    text = f"A man.\n\n> You ask him.\n\nHe nods. {said} {FAR}"
    (part,) = told(select_action_windows(document((text, True)), 60))
    assert part.endswith("> You ask him.\n\nHe nods.")


def test_a_part_begins_and_ends_with_a_sentence() -> None:
    said = "“Come in. We have waited for you. Sit down.” A fire burns. "
    late = f"{FAR}{said}He is Mr. Hale, and smiles."
    text = (
        f"{late}\n\n> You sit.\n\nTea comes. {FAR}\n\n{FAR}\n\n> You ask.\n\nHe says:—\n\n“{FAR}”"
    )
    assert told(select_action_windows(document((text, True)), 60)) == [
        "A fire burns. He is Mr. Hale, and smiles.\n\n> You sit.\n\nTea comes."
    ]


def test_what_teaches_no_answer_is_left_out() -> None:
    assert not select_action_windows(document((FAR, True)), 100)
    assert not select_action_windows(document(("A door.", False), ("\n\n> You knock.", True)), 100)
    known = document(("A door.\n\n> You knock.", True), ("\n\nNobody answers.", False))
    assert not select_action_windows(known, 100)


def test_what_is_only_read_stays_so() -> None:
    fork = document(("A door.\n\n> You knock.\n\nSteps.", False), ("\n\n> You run.\n\nRain.", True))
    assert select_action_windows(fork, 100) == [fork]


blocks = st.lists(
    st.one_of(
        st.builds(ActionLine, st.sampled_from(["You knock.", "You wait.", "You go north."])),
        st.builds(Prose, st.sampled_from(["Rain.", FAR.strip(), "“Who is there?” he asks. Wind."])),
    ),
    max_size=12,
)


@given(blocks, st.integers(50, 400))
def test_nothing_is_made_up(story: list[transcript.Block], reach: int) -> None:
    text = transcript.write(story)
    parts = select_action_windows(document((text, True)), reach)
    at = 0
    for part in told(parts):
        found = text.find(part.partition("\n\n> ")[0], at)
        assert found >= 0
        at = found
        assert transcript.write(transcript.read(part)) == part
        assert "\n\n> " in f"\n\n{part}"
        assert part in text
