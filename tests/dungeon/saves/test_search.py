import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon.errors import InputRefused
from dungeon.saves import integrity, search
from dungeon.saves.library import Library
from tests.dungeon.saves import tales


@pytest.fixture
def told(library: Library) -> Library:
    """A library with words to find."""
    adventure = tales.branched()
    library.create(adventure)
    library.create(
        tales.opened("Ferry", "The ferryman's lantern burns; a lantern, and café noise.")
    )
    rusty = tales.following(adventure.head, "You take the rusty key.", "The key is cold.")
    library.append(adventure.id, rusty, expected_head=adventure.head)
    return library


def test_a_hit_names_adventure_turn_and_the_words_around(told: Library) -> None:
    (hit,) = told.search("rusty key")
    adventure = told.load(hit.adventure_id)
    assert hit.title == adventure.title
    assert adventure.turns[hit.turn_id].action == "You take the rusty key."
    assert "key" in hit.snippet
    assert "\n" not in hit.snippet


@pytest.mark.parametrize(
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
    ],
)
def test_words_are_found_as_people_mean_them(told: Library, query: str, found: int) -> None:
    assert len(told.search(query)) == found


def test_turns_of_other_branches_are_found_too(told: Library) -> None:
    (hit,) = told.search("clock strikes 2")
    adventure = told.load(hit.adventure_id)
    assert hit.turn_id not in {turn.id for turn in adventure.path()}


def test_the_best_comes_first_and_no_more_than_asked(told: Library) -> None:
    told.create(tales.opened("Once", "A lantern. " + "Other words stand here. " * 30))
    assert [hit.title for hit in told.search("lantern")] == ["Ferry", "Once"]
    assert len(told.search("lantern", 1)) == 1


@pytest.mark.parametrize(
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
def test_nothing_typed_is_read_as_a_query_language(told: Library, query: str) -> None:
    try:
        told.search(query)
    except InputRefused as refusal:
        assert "word" in str(refusal)
    assert integrity.check(told.path).good


@given(st.text())
def test_every_expression_is_quoted_words(query: str) -> None:
    try:
        expression = search.build_match(query)
    except InputRefused:
        return
    parts = expression.removesuffix("*").split('"')
    assert len(parts) % 2 == 1
    assert all(not outside.strip() for outside in parts[::2])
    assert all(inside.replace(" ", "").isalnum() for inside in parts[1::2])


def test_a_query_without_a_word_is_refused(told: Library) -> None:
    for query in ("", "   ", '"', "***", "—"):
        with pytest.raises(InputRefused):
            told.search(query)
