from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.documents.documents import DocumentStats, render_documents
from corpus_scraper.documents.paths import normalise_graph
from corpus_scraper.formats.story_file import Unreadable
from corpus_scraper.graph import StoryGraph
from corpus_scraper.plugins import endless_sky
from tests.corpus_scraper.formats.playing import (
    CORPUS,
    WHY_SKIPPED,
    menu,
    only,
    play,
    stories,
    written,
)
from tests.patience import not_endless


@pytest.fixture
def talk(tmp_path: Path):
    def read(lines: str, before: str = "") -> StoryGraph:
        text = f'mission "Cargo"\n{before}\ton offer\n\t\tconversation\n{indented(lines)}'
        return only(endless_sky.FORMAT, written(tmp_path, {"missions.txt": text}))

    return read


def indented(lines: str) -> str:
    """Lines as a conversation of a mission has them."""
    return "".join(f"\t\t\t{line}\n" for line in lines.strip("\n").split("\n"))


def test_prose_choices_and_ends(talk) -> None:
    story = talk("""
`A man waves.`
"He has no shoes."
choice
	`	"What is it?"`
		goto ask
	`	(Leave.)`
		decline
	`	"All right."`
`	He is glad.`
	accept
label ask
`	"Cargo," he says.`
	defer
""")
    assert menu(story) == ['"What is it?"', "(Leave.)", '"All right."']
    assert play(story, '"What is it?"').endswith('no shoes.\n\n"Cargo," he says.')
    assert play(story, '"All right."').endswith("He is glad.")
    assert play(story, "(Leave.)") == "A man waves.\n\nHe has no shoes."
    assert sum(passage.ending for passage in story.passages) == 3


def test_gotos_that_are_lines_of_their_own_and_loops(talk) -> None:
    story = talk("""
label top
`Round.`
choice
	`Again`
		goto top
	`On`
		goto on
label unreached
`Never.`
label on
goto end
label end
`End.`
""")
    assert play(story, "Again", "Again", "On") == "Round.\n\nRound.\n\nRound.\n\nEnd."
    assert "Never." not in {story.passages_by_id()[id_].text for id_ in story.reachable()}


def test_branches_by_a_condition_by_chance_and_to_two_places(talk) -> None:
    story = talk("""
`Who are you?`
branch friend
	or
		has "friend: done"
		and
			"trust" > 3
			not "foe"
`	A stranger.`
branch rich poor
	credits > 100
label friend
`	A friend.`
	launch
label rich
`	Rich.`
	die
label poor
`	Poor.`
	flee
""")
    asked = '(has "friend: done" or ("trust" > 3 and not "foe"))'
    assert menu(story) == [asked, f"not ({asked})"]
    assert play(story, f"? {asked}") == "Who are you?\n\nA friend."
    assert play(story, f"? not ({asked})", "? not (credits > 100)").endswith("stranger.\n\nPoor.")


def test_lines_and_options_that_are_shown_on_a_condition(talk) -> None:
    story = talk("""
`A door.`
`A key is in it.`
	to display
		has "key"
`It creaks.`
choice
	`Open`
		to display
			has "key"
		goto out
	`Knock`
label out
`Out.`
""")
    assert play(story, '? has "key"') == "A door.\n\nA key is in it.\n\nIt creaks."
    assert play(story, '? not (has "key")') == "A door.\n\nIt creaks."
    assert menu(story, '? has "key"') == ['Open ? has "key"', "Knock"]
    assert play(story, '? has "key"', "Open").endswith("It creaks.\n\nOut.")


def test_substitutions_become_plain_text(talk) -> None:
    before = '\tname "Run to <planet>"\n\tsubstitutions\n\t\t"<drink>" "tea"\n'
    story = talk(
        "`<first> <last> of the <ship>: <payment> to <destination>, ${hail} <drink>, <odd>.`",
        before,
    )
    assert story.title == "Run to Arden"
    assert play(story) == (
        "Robin Vale of the Kestrel: 20,000 credits to Arden in the Vesper system, "
        "something tea, odd."
    )


def test_silent_lines_say_nothing_and_unknown_ones_are_noted(talk) -> None:
    story = talk("""
scene "land/hills"
name
`Hills.`
action
	set "seen hills"
sing loudly
`On.`
""")
    assert play(story) == "Hills.\n\nOn."
    assert story.notes == ("The line sing is not known.",)


def test_every_conversation_is_a_story_of_its_own(tmp_path: Path) -> None:
    text = """
        # a comment

        conversation "hail"
        \t`Hello.`
        mission "A"
        \ton offer
        \t\tconversation
        \t\t\t`One.`
        \ton accept
        \t\tconversation "hail"
        \ton complete
        \t\tconversation
        \t\t\t`Two.`
        event "B"
        \tdate 1 1 3000
    """
    found = stories(endless_sky.FORMAT, written(tmp_path, {"data.txt": text}))
    assert [story.id for story in found] == [
        "data.txt#hail",
        "data.txt#A/on offer",
        "data.txt#A/on complete",
    ]
    assert [play(story) for story in found] == ["Hello.", "One.", "Two."]


def test_prose_that_only_looks_like_data_is_not_taken_for_it(tmp_path: Path) -> None:
    path = tmp_path / "tale.txt"
    for text in ("mission accomplished\n\nThey left.\n", "\tIndented prose.\n", ""):
        assert not endless_sky.FORMAT.recognises(path, text.encode())


@pytest.mark.parametrize(
    "lines",
    [
        "choice\n" + "".join("\t" * n + "`a`\n" for n in range(1, 300)),
        "`a`\n" + "".join("\t" * n + "to display\n" for n in range(1, 3_000)),
    ],
    ids=["choices", "conditions"],
)
def test_hostile_conversations_are_refused_at_once(talk, lines: str) -> None:
    with not_endless(), pytest.raises(Unreadable, match="levels deep"):
        talk(lines)


def test_a_conversation_without_text_is_no_story(tmp_path: Path) -> None:
    text = "mission X\n\ton offer\n\t\tconversation\n\t\t\tlabel a\n\t\t\tgoto a\n"
    path = written(tmp_path, {"a.txt": text + "conversation y\n\t`Hello.`\n"})
    assert [story.id for story in stories(endless_sky.FORMAT, path)] == ["a.txt#y"]


LINES = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(
            '`text`|"more"|choice|label a|label accept|goto a|goto nowhere|branch a|branch a b'
            '|accept|die|to display|has x|or|never|action|`|"|conversation|<x>|`<first>`'.split("|")
        ),
    ).map(lambda line: "\t" * line[0] + line[1]),
    max_size=25,
).map("\n".join)


@given(LINES | st.text(max_size=100))
def test_any_text_is_read_or_refused(tmp_path_factory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_text("conversation x\n" + indented(text), "utf-8", errors="replace")
    try:
        found = list(endless_sky.FORMAT.read(path, path.parent))
    except Unreadable:
        return
    assert all(story.start in story.passages_by_id() for story in found)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
def test_over_a_thousand_real_conversations_are_trained_on_whole_and_cost_little() -> None:
    folder = CORPUS / "endless-sky"
    total, count = DocumentStats(), 0
    for path in sorted(folder.rglob("*.txt")):
        if not endless_sky.FORMAT.recognises(path, path.read_bytes()[:65536]):
            continue
        for story in endless_sky.FORMAT.read(path, folder):
            made, measures = render_documents(normalise_graph(story), context=4_000)
            assert measures.coverage == measures.exposure == 1.0, story.id
            assert measures.expansion <= 1.7, story.id
            assert measures.documents == len(made)
            total, count = total + measures, count + 1
            for passage in story.passages:
                assert not set("<>`{}\t") & set(passage.text), (story.id, passage.text)
    assert count > 1_300
    assert total.unique > 2_500_000
