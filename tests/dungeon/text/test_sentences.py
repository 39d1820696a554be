"""Where a sentence ends, and where it only seems to."""

from hypothesis import given
from hypothesis import strategies as st

from dungeon.text.sentences import Sentence, SentenceSplitter, split_sentences
from tests.rows import every_row


def fed(pieces: list[str]) -> list[Sentence]:
    splitter = SentenceSplitter()
    sentences = [sentence for piece in pieces for sentence in splitter.feed(piece)]
    return [*sentences, *splitter.close()]


@every_row(
    "sentences",
    [
        ["The door opens.", "Nobody is there!", "Is it late?", "You wait…", "Dawn."],
        ["Mr. Hale knows Dr. Voss of St. Ann's.", "So do you."],
        ["J. R. Marsh signed it.", "You did not."],
        ["The key, i.e. the brass one, is e.g. here.", "It fits."],
        ["It costs 3.50 crowns.", "You pay."],
        ["It is 3 a.m. and dark.", "You leave at 4 a.m.", "The sun rises."],
        ["You wait... then you go.", "It rains."],
        ["You wait...", "Then you go."],
        ["Neither can I.", "We go."],
        ["You see No. 5 and knock.", "No.", "Nobody."],
        ['He says, "Hello."', "You nod."],
        ['"Stop! Go back!" he says.', "You stop."],
        [
            '"Stop!"',
            "Rowan steps in.",
            '"Now what?"',
        ],
        ["“Stop. Wait,” he says.", "You do."],
        ["«Halt! Wer da?» he calls.", "You hide."],
        ["She says, 'I see. It's you. I've waited.'", "You bow."],
        ["She says, ‘I see. It’s you.’", "You bow."],
        ["The knights' hall is empty.", "Its dogs' bowls are full."],
        ["'Tis late.", "You sleep."],
        ["*He sighs.*", "(You sigh too.)", "[It echoes.]"],
        ["you go in.", "it is dark.", "you wait."],
        ['He nods."', "Then she leaves.", "You stay."],
        ["Really?!", "Yes!!"],
    ],
)
def test_sentences_are_told_apart(sentences):
    assert [(s.text, s.whole) for s in split_sentences(" ".join(sentences))] == [
        (s, True) for s in sentences
    ]


@every_row(
    "text", ["You go to Mr.", "A dark room", "The sign reads:", "1.", 'She says, "Go.', "“Go. Now."]
)
def test_what_does_not_end_is_not_whole(text):
    assert [(s.text, s.whole) for s in split_sentences(text)] == [(text, False)]


def test_a_line_ends_what_it_holds_and_closes_every_quotation():
    sentences = split_sentences('"I was born here.\n\nYou listen. "Go on."\nHe does.')
    assert [s.text for s in sentences] == [
        '"I was born here.',
        "You listen.",
        '"Go on."',
        "He does.",
    ]
    assert [s.gap for s in sentences] == ["", "\n\n", " ", "\n"]
    assert [s.whole for s in sentences] == [False, True, True, True]
    assert [s.awaited for s in sentences] == ['"', "", "", ""]
    assert [s.opens_line for s in sentences] == [True, True, False, True]
    assert [s.ends_line for s in sentences] == [True, False, True, True]


def test_a_forgotten_closing_mark_is_made_good_by_the_next_quotation():
    texts = [s.text for s in split_sentences('"Go north, she says. "Now. Go," she adds. You go.')]
    assert texts == ['"Go north, she says. "Now. Go," she adds.', "You go."]


def test_the_rest_is_the_sentence_under_way():
    splitter = SentenceSplitter()
    assert list(splitter.feed("It is. The \n")) != []
    assert splitter.rest.text == ""
    assert list(splitter.feed("\nend is ")) == []
    assert (splitter.rest.gap, splitter.rest.text) == ("\n\n", "end is")


STORY = st.text(alphabet=st.sampled_from("aIT s.!?…\n \"“”'’,:>*1(DrM-"), max_size=80)


@given(st.lists(STORY, max_size=12))
def test_how_the_text_is_cut_changes_nothing(pieces):
    assert fed(pieces) == split_sentences("".join(pieces))


@given(STORY | st.text())
def test_no_word_is_lost(text):
    assert "".join("".join(s.text for s in split_sentences(text)).split()) == "".join(text.split())
