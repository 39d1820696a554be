"""In every script language, of texts whose conditions exclude one another, one is read."""

from pathlib import Path

from corpus_scraper.formats import choicescript
from corpus_scraper.formats.ink import source as ink_source
from tests.corpus_scraper.formats.pages import twine
from tests.corpus_scraper.formats.playing import only, play, written
from tests.rows import every_row

WITHIN_A_LINE = {
    "Harlowe": [
        "She waits. (if: $x is 2)[Roses!](if: $x is 1)[Sweets!]",
        "The door is (if: $open)[ajar], she says. Wait, (else:)[no, it is shut].",
        "It is (if: $a)[an owl](else-if: $b)[a bat] or (else-if: $c)[a cat].",
        "It is (unless: $a)[an owl] and (if: $a)[a bat].",
        "It is (if: $a is 'x')[an owl]. (if: $b)[Or a (if: $a is 'y')[bat].]",
        "It (if: $a)[sings (if: not $a)[badly]].",
    ],
    "SugarCube": [
        "She waits. <<if $x eq 2>>Roses!<</if>> <<if $x eq 1>>Sweets!<</if>>",
        "It is <<if $a>>an owl<<else>>a bat<</if>>; <<if not $a>>a cat<</if>>.",
        "<<switch $a>><<case 1 2>>An owl<<default>>A bat<</switch>>, <<if $a is 3>>a cat<</if>>.",
    ],
    "Chapbook": ["It is\n[if a]\nan owl\n[continue]\nor\n[else]\na bat"],
    "Snowman": ["It is <% if (s.x === 1) { %>an owl<% } %><% if (s.x === 2) { %>a bat<% } %>."],
}


@every_row(
    ("dialect", "text"), [(name, text) for name, texts in WITHIN_A_LINE.items() for text in texts]
)
def test_within_a_line_of_twine(dialect: str, text: str) -> None:
    story = twine({"Start": text}, dialect=dialect)
    shown = play(story)
    first, *others = (each for each in WORDS if each in text)
    assert first in shown
    assert not [each for each in others if each in shown]
    assert any("depend on a condition" in note for note in story.notes)


WORDS = ("ajar", "shut", "owl", "bat", "cat", "Roses", "Sweets", "sings", "badly")


def test_a_changed_variable_may_have_another_value() -> None:
    text = "You are (if: $x is 1)[hungry]. You eat. (set: $x to 2)Now you are (if: $x is 2)[full]."
    assert play(twine({"Start": text})) == "You are hungry. You eat. Now you are full."


@every_row(
    ("dialect", "text"),
    [
        ("Harlowe", "(if: $x is 1)[You go left.]\n(if: $x is 2)[You go right.]\nYou rest."),
        (
            "SugarCube",
            "<<if $x is 1>>You go left.<</if>>\n<<if $x is 2>>You go right.<</if>>",
        ),
        ("Harlowe", "(if: $x)[You go left.]\n(unless: $x)[You go right.]\nYou rest."),
    ],
)
def test_paragraphs_of_twine(dialect: str, text: str) -> None:
    story = twine({"Start": text}, dialect=dialect)
    ids = {passage.text.partition("\n")[0]: passage.id for passage in story.passages}
    after_left = {each.target for each in story.choices if each.origin == ids["You go left."]}
    assert ids["You go right."] not in after_left


def test_in_choicescript(tmp_path: Path) -> None:
    game = """
        *create tall true
        The @{tall tall|short} guard @{not(tall) sits|stands}. @{tall He yawns.|}
        *if (x = 1)
            You go left.
        *elseif (x = 2)
            You go right.
        *if (x = 2)
            You fall.
        *if (x = 1)
            You run.
        *finish
    """
    story = only(choicescript.FORMAT, written(tmp_path, {"startup.txt": game}))
    assert play(story, "? (x = 1)") == (
        "The tall guard stands. He yawns.\n\nYou go left.\n\nYou run."
    )


def test_in_ink(tmp_path: Path) -> None:
    script = """
        {x == 1: You are tall.}{x == 2: You are short.} It is {open:ajar|shut}.{not open: Knock!}
        {x == 1:
            You go left.
        }
        {x == 2:
            You go right.
        }
        {x == 1:
            You run. ->END
        }
        You rest. ->END
    """
    story = only(ink_source.FORMAT, written(tmp_path, {"tale.ink": script}))
    assert play(story, "? x == 1") == "You are tall. It is ajar.\n\nYou go left.\n\nYou run."


def test_in_ink_a_changed_variable_may_have_another_value(tmp_path: Path) -> None:
    script = """
        Day.
        {x == 1:
            You eat.
            ~ x = 2
        }
        {x == 2:
            You sleep.
        }
        Night. ->END
    """
    story = only(ink_source.FORMAT, written(tmp_path, {"tale.ink": script}))
    assert play(story, "? x == 1", "? x == 2") == "Day.\n\nYou eat.\n\nYou sleep.\n\nNight."
