import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon.errors import InputRefused
from dungeon.memory.retrieval import query_words
from dungeon.saves import integrity, search, sqlite_search
from dungeon.saves.library import Library
from dungeon.session.search_view import places_of
from dungeon.story import Adventure, Provenance, branching, new_id
from dungeon.story.edited_line import edited_line
from tests.dungeon.saves import tales
from tests.dungeon.saves.tampering import tampering
from tests.rows import every_row

DATABASES = ("sqlite", "postgresql")


@pytest.fixture
def library(library: Library, location: Path | str) -> Library:
    """A library with words to find."""
    adventure = tales.branched()
    library.create(adventure)
    library.create(
        tales.opened("Ferry", "The ferryman's lantern burns; a lantern, and café noise.")
    )
    rusty = tales.following(adventure.head, "You take the rusty key.", "The key is cold.")
    library.append(adventure.id, rusty, expected_head=adventure.head)
    return library


def test_a_hit_has_the_adventure_the_turn_and_a_snippet(library: Library) -> None:
    (hit,) = library.search("rusty key")
    adventure = library.load(hit.adventure_id)
    assert hit.title == adventure.title
    assert adventure.turns[hit.turn_id].action == "You take the rusty key."
    assert "key" in hit.snippet
    assert "\n" not in hit.snippet


@every_row(
    ("query", "found"),
    [
        ("lantern", 1),
        ("lant", 1),
        ("lant burns", 0),
        ("LANTERNS", 1),
        ("cafe", 1),
        ('"rusty key"', 1),
        ('"key rusty"', 0),
        ("key rusty", 1),
        ("ferryman's", 1),
        ("unicode", 1),
        ("nowhere", 0),
        ("l", 0),
        ("lantern a", 1),
        ("lantern b", 0),
        ("lantern bu", 1),
    ],
)
def test_words_are_found_as_people_mean_them(library: Library, query: str, found: int) -> None:
    assert len(library.search(query)) == found


def test_turns_of_other_branches_are_found_too(library: Library) -> None:
    (hit,) = library.search("clock strikes 2")
    adventure = library.load(hit.adventure_id)
    assert hit.turn_id not in {turn.id for turn in adventure.path()}


@every_row("query", ["clock strikes 2", '"strikes 2 times"'])
def test_a_hit_says_which_turn_of_which_branch_it_is(library: Library, query: str) -> None:
    (hit,) = library.locate(library.search(query))
    adventure = library.load(hit.adventure_id)
    assert hit.number == len(adventure.path_to(hit.turn_id)) == 3
    assert hit.branches == len(adventure.branch_ends())
    end = branching.find_branch(adventure, str(hit.branch))
    assert hit.turn_id in {turn.id for turn in adventure.path_to(end.id)}


@every_row("query", ["rusty", "rusty key"])
def test_a_hit_on_the_line_that_is_played_is_on_no_other_branch(
    library: Library, query: str
) -> None:
    (hit,) = library.locate(library.search(query))
    assert (hit.number, hit.branch) == (3, 0)


def test_a_hit_is_on_the_line_played_once_that_is_gone_to(library: Library) -> None:
    (hit,) = library.locate(library.search("clock strikes 2"))
    assert hit.branch > 0
    adventure = library.load(hit.adventure_id)
    library.move_head(adventure.id, head=hit.turn_id, tip=hit.turn_id, expected_head=adventure.head)
    (hit,) = library.locate(library.search("clock strikes 2"))
    assert hit.branch == 0


def test_every_turn_of_many_branches_is_on_one_that_has_it(library: Library) -> None:
    """Adventures that are played in turn: the turns of one are not side by side in the database."""
    rng = random.Random(4)
    grown = [tales.opened("Oak", "Acorns."), tales.opened("Ash", "Acorns.")]
    for adventure in grown:
        library.create(adventure)
    for _ in range(40):
        which = rng.randrange(2)
        adventure = grown[which]
        parent = adventure.head if rng.random() < 0.7 else rng.choice(list(adventure.turns))
        turn = tales.following(parent, "You climb.", "Acorns fall.")
        library.append(adventure.id, turn, expected_head=adventure.head)
        grown[which] = replace(adventure.with_turn(turn), head=turn.id, tip=turn.id)
        (newest,) = library.locate(library.search("climb acorns", 1))
        assert newest.branch == 0
    hits = library.locate(library.search("acorns", 100))
    assert len(hits) == 42
    for hit in hits:
        adventure = next(each for each in grown if each.id == hit.adventure_id)
        assert hit.branches == len(adventure.branch_ends()) > 3
        end = branching.find_branch(adventure, str(hit.branch)).id if hit.branch else adventure.tip
        assert hit.turn_id in {turn.id for turn in adventure.path_to(end or "")}


@pytest.fixture
def copied(library: Library) -> Adventure:
    """An adventure with a fork, and with a line on which its last turns are copies."""
    adventure = tales.played(4, "The Weir")
    library.create(adventure)
    library.create(branching.fork(adventure, str(adventure.head), "The Weir (fork)"))
    _, old, *_ = adventure.path()
    line = edited_line(adventure, old, replace(old, id=new_id(), text="A bell is still."), ())
    library.append_line(adventure.id, line, expected_head=adventure.head)
    return library.load(adventure.id)


@pytest.mark.parametrize("query", ["strikes 3 times", '"strikes 3 times"'])
def test_a_turn_is_one_hit_with_its_copies(library: Library, copied: Adventure, query: str) -> None:
    (hit,) = library.locate(library.search(query), copied.id)
    assert (hit.adventure_id, hit.turn_id, hit.branch) == (copied.id, copied.head, 0)
    assert sorted(each.title for each in hit.copies) == ["The Weir", "The Weir (fork)"]
    assert places_of(hit) == "turn 4; also on 1 other branch and in 1 other adventure"
    (fork,) = (each for each in hit.copies if each.adventure_id != copied.id)
    (hit,) = library.locate(library.search(query), fork.adventure_id)
    assert (hit.title, hit.branch) == ("The Weir (fork)", 0)
    assert places_of(hit) == "turn 4; also in 1 other adventure"
    assert len(hit.copies) == 2
    twice = copied.path()[1]
    again = edited_line(copied, twice, replace(twice, id=new_id(), text="A bell."), ())
    library.append_line(copied.id, again, expected_head=copied.head)
    (hit,) = library.search(query)
    assert len(hit.copies) == 3


@every_row("query", ["strikes times", "strik"])
def test_as_many_turns_are_found_as_are_wanted(
    library: Library, copied: Adventure, query: str
) -> None:
    hits = library.search(query, 3)
    assert len({hit.snippet for hit in hits}) == 3
    everything = library.search(query, 100)
    assert hits == everything[:3]
    carried = {turn.id for turn in copied.path()[2:]}
    hits = [hit for hit in everything for each in (hit, *hit.copies) if each.turn_id in carried]
    assert [len(hit.copies) for hit in hits] == [2, 2]


def test_turns_of_unrelated_adventures_are_hits_of_their_own(library: Library) -> None:
    for _ in range(2):
        library.create(tales.opened("Sea", "A buoy rings."))
    assert [hit.copies for hit in library.search("buoy rings")] == [(), ()]


def test_turns_that_copy_each_other_are_one_hit(library: Library) -> None:
    turns = {
        name: replace(tales.following(None, "", "A buoy rings."), id=name, provenance=made)
        for name, made in (("x", Provenance(carried_from="y")), ("y", Provenance(carried_from="x")))
    }
    library.create(Adventure("c", "Circle", turns=turns, head="x", tip="x"))
    (hit,) = library.search("buoy rings")
    assert len(hit.copies) == 1


def test_a_hit_has_its_place_in_an_adventure_that_was_deleted_and_imported(
    library: Library,
) -> None:
    (before,) = library.locate(library.search("clock strikes 2"))
    adventure = library.load(before.adventure_id)
    library.delete(adventure.id)
    library.create(tales.opened("Between", "Other turns take the next numbers."))
    library.create(adventure)
    assert library.locate(library.search("clock strikes 2")) == [before]


def test_the_branches_of_another_version_of_an_adventure_are_its_own(library: Library) -> None:
    """SQLite gives the last numbers again, once they are deleted."""
    adventure = tales.played(4)
    library.create(adventure)
    library.locate(library.search("clock strikes 3"))
    opening = adventure.path()[0]
    turns = [opening, *(tales.following(opening.id, "You ring.", f"Gong {n}.") for n in range(2))]
    turns += [tales.following(turns[-1].id, "You ring.", f"Gong {n}.") for n in (2, 3)]
    library.delete(adventure.id)
    library.create(
        replace(
            adventure,
            turns=MappingProxyType({turn.id: turn for turn in turns}),
            head=turns[-1].id,
            tip=turns[-1].id,
        )
    )
    found = {hit.turn_id: hit.branch for hit in library.locate(library.search("gong"))}
    assert [found[turn.id] for turn in turns[1:]] == [1, 0, 2, 0]


@pytest.mark.parametrize("query", ["lantern", "lant", '"lantern"'])
def test_the_best_match_comes_first_up_to_the_limit(library: Library, query: str) -> None:
    library.create(tales.opened("Once", "A lantern. " + "Other words stand here. " * 30))
    assert [hit.title for hit in library.search(query)] == ["Ferry", "Once"]
    assert [hit.title for hit in library.search(query, 1)] == ["Ferry"]


def test_a_new_turn_is_indexed_without_reading_the_others(path: Path) -> None:
    with Library.open(path) as library:
        library.create(tales.played(2))
    plan = f"EXPLAIN QUERY PLAN {sqlite_search._INSERT_ONE}"
    with closing(sqlite3.connect(path)) as connection:
        steps = connection.execute(plan, {"adventure_id": "a", "turn_id": "b"}).fetchall()
    assert [step[-1].partition("(")[2] for step in steps] == ["adventure_id=? AND id=?)"]


def test_of_very_many_matches_the_newest_are_ranked(path: Path) -> None:
    """A word that half of the turns contain takes no longer than a rare one."""
    count = sqlite_search._MOST_RANKED
    assert count > sqlite_search._MOST_RANKED_BEGINNING
    with Library.open(path) as library:
        library.create(tales.opened("Old", "Clock, clock and clock: the strikes of a sundial."))
        library.create(tales.played(count + 1, "New"))
        assert {hit.title for hit in library.search("clock strikes")} == {"New"}
        assert {hit.title for hit in library.search("cloc")} == {"New"}
        assert [hit.title for hit in library.search("sundial clock")] == ["Old"]


@every_row(
    "query",
    [
        '"',
        '"""',
        "*",
        "AND",
        "NOT NEAR(",
        "text:lantern",
        "a OR b",
        "lantern*",
        "^lantern",
        "{action text}: key",
        "lantern) --",
        "'; DROP TABLE turns; --",
        "-lantern",
        "lantern + key",
        "\x00lantern",
        "\ud800lantern",
        "_",
        'lantern"',
        "word " * 5_000,
        "灯台",
    ],
)
def test_a_query_is_never_parsed_as_an_fts5_expression(library: Library, query: str) -> None:
    try:
        library.search(query)
    except InputRefused as refusal:
        assert "word" in str(refusal)
    assert integrity.check(library.location).good


@given(st.text())
def test_every_expression_is_quoted_words(query: str) -> None:
    try:
        expression = sqlite_search.build_match(search.parse_query(query))
    except InputRefused:
        return
    parts = expression.removesuffix("*").split('"')
    assert len(parts) % 2 == 1
    assert all(not outside.strip() for outside in parts[::2])
    assert all(inside.replace(" ", "").isalnum() for inside in parts[1::2])


def test_a_query_without_a_word_is_refused(library: Library) -> None:
    for query in ("", "   ", '"', "***", "—"):
        with pytest.raises(InputRefused):
            library.search(query)


# Earlier turns of one branch.


def story_of(*texts: str) -> Adventure:
    adventure = tales.opened("Retrieved", "You wake in a mill.")
    for text in texts:
        adventure = adventure.with_turn(tales.following(adventure.head, "You go on.", text))
    return adventure


def matches(library: Library, adventure: Adventure, *words: str, last: int = -1) -> list[str]:
    path = adventure.path()
    among = [turn.id for turn in path[: last if last > 0 else len(path)]]
    found = library.matching_turns(adventure.id, words, among=among, limit=3)
    return [adventure.turns[match.turn_id].text for match in found]


def test_earlier_turns_are_ranked_with_the_words_that_matched(library: Library) -> None:
    adventure = story_of("A brass key.", "Rain.", "A key, some rope.", "Nothing here.")
    library.create(adventure)
    among = [turn.id for turn in adventure.path()]
    found = library.matching_turns(adventure.id, ["brass", "keys"], among=among, limit=3)
    assert [(adventure.turns[each.turn_id].text, each.words) for each in found] == [
        ("A brass key.", ("brass", "keys")),
        ("A key, some rope.", ("keys",)),
    ]


def test_only_the_given_turns_of_the_branch_are_found(library: Library) -> None:
    adventure = story_of("A brass key.", "Rain.")
    sibling = tales.following(adventure.path()[0].id, "You go on.", "A brass door.")
    adventure = adventure.with_turn(sibling).with_head(str(adventure.head))
    late = tales.following(adventure.head, "You go on.", "A brass bell.")
    adventure = adventure.with_turn(late)
    library.create(adventure)
    library.create(story_of("A brass horn."))
    assert matches(library, adventure, "brass", last=3) == ["A brass key."]
    assert set(matches(library, adventure, "brass")) == {"A brass key.", "A brass bell."}


def test_a_word_that_too_many_turns_contain_is_ignored(library: Library) -> None:
    adventure = story_of("The door is brass.", *["A door."] * 12, "A bell.")
    library.create(adventure)
    assert matches(library, adventure, "door") == []
    assert matches(library, adventure, "door", "brass") == ["The door is brass."]


def test_no_match_where_nothing_is_searched_or_saved(library: Library) -> None:
    adventure = story_of("A brass key.")
    assert matches(library, adventure, "brass") == []
    library.create(adventure)
    assert matches(library, adventure) == []
    assert matches(library, adventure, "xyzzy") == []
    assert library.matching_turns(adventure.id, ["brass"], among=[], limit=3) == []


@every_row(
    "action",
    [
        "NEAR AND NOT OR",
        "o'clock bells",
        "灯台 🗝️",
        "x" * 5000,
        "Ünïcödé ²",
        "²³ ½ ᛮ",
        "a1 b2 " * 500,
    ],
)
def test_the_words_of_any_action_can_be_searched_for(library: Library, action: str) -> None:
    adventure = story_of(f"It is {action}")
    library.create(adventure)
    matches(library, adventure, *query_words(action))


def test_a_word_that_the_index_alone_still_knows_does_no_harm(path: Path) -> None:
    """A turn was changed on the disk, and its adventure deleted: its old words stay indexed."""
    with Library.open(path) as library:
        damaged, other = tales.played(4, "A"), tales.played(6, "B")
        library.create(damaged)
        library.create(other)
        with tampering(path) as connection:
            changed = "UPDATE turns SET text = replace(text, 'strikes', 'strukes')"
            connection.execute(f"{changed} WHERE adventure_id = ?", (damaged.id,))
        library.delete(damaged.id)
        for query in ('"strikes"', "strikes", "stri", "the strikes"):
            hits = library.search(query)
            assert {hit.adventure_id for hit in hits} == {other.id}, query
