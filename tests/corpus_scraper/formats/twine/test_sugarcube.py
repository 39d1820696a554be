import pytest

from tests.corpus_scraper.formats.pages import twine
from tests.corpus_scraper.formats.playing import menu, play


def sugarcube(start: str, **passages: str):
    return twine({"Start": start} | passages, dialect="SugarCube")


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (
            "Call __init_x__ and _it_; <<set _x to 'so'>>it is _x.",
            "Call init_x and _it_; it is so.",
        ),
        ('<<= "Hello, " + $name + "!">>', "Hello, Robin!"),
        ('<<set $name to "Ada">>Hello, $name.', "Hello, Ada."),
        ("<<set $n to 3>><<= $n>> owls", "3 owls"),
        ("<<print $name>> waits.", "Robin waits."),
        ("''Bold'' //slanted// __under__ ==struck==", "Bold slanted under struck"),
        ("!A heading\nText @@.red;red@@.", "A heading\n\nText red."),
        ("/* hidden */Seen./% so %/", "Seen."),
        ("<<script>>if (a < b) { c(); }<</script>>Seen.", "Seen."),
        ("<<silently>>No.<</silently>>Yes.", "Yes."),
        ("<<nobr>>One,\ntwo.<</nobr>>", "One, two."),
        ("<<timed 2s>>Late.<</timed>>", "Late."),
        ("<<unknown 'thing'>>Known.", "Known."),
        ("<<mine>>Mine.<</mine>>", "Mine."),
        ('<<if $a > 1 && "x>>y" neq $b>>Long ago, so.<</if>>', "Long ago, so."),
        ('<span class="x">A</span> <br>B', "A\n\nB"),
        ("Five < six, a << b.", "Five < six, a << b."),
        ("The panel says &lt;OPEN&gt; &#60;b&gt;now.", "The panel says <OPEN> <b>now."),
    ],
)
def test_prose(written: str, wanted: str) -> None:
    told = "\n\n".join(passage.text for passage in sugarcube(written).passages if passage.text)
    assert told == wanted


def test_branches_become_choices_with_their_conditions() -> None:
    story = sugarcube(
        "A door.\n\n<<if $k is 1>>It is open.<<elseif $k is 2>>It is ajar."
        "<<else>>It is shut.<</if>>"
    )
    assert [c.condition for c in story.choices][:2] == ["$k is 1", "$k is 2"]
    assert {p.text for p in story.passages} >= {"It is open.", "It is ajar.", "It is shut."}


def test_a_switch_becomes_branches() -> None:
    story = sugarcube(
        "Sky.\n<<switch $day>><<case 1>>The sun shines.<<default>>The rain falls.<</switch>>"
    )
    assert [c.condition for c in story.choices] == ["$day is 1", "not ($day is 1)"]


def test_links_with_and_without_a_body() -> None:
    story = sugarcube(
        'Here.\n<<link "Go" "Hall">><<set $a to 1>><</link>>\n<<link [[Run|Hall]]>><</link>>\n'
        '<<link "Look">><<goto "Hall">><</link>>\n<<linkreplace "Dig">>A bone.<</linkreplace>>\n'
        '<<button "Sit" "Hall">><</button>>\n[img[pic.png][Hall]]\n<<return "Back">>',
        Hall="A hall.",
    )
    assert menu(story) == ["Go", "Run", "Look", "Dig", "Sit", ""]
    assert play(story, "Dig").endswith("A bone.")
    assert play(story, "Look").endswith("A hall.")


def test_included_passages_appear_where_they_are_included() -> None:
    story = sugarcube(
        'One.\n<<include "Two">>\n<<display $next>>',
        Two="Two.",
        Three="Three.",
        StoryInit='<<set $next to "Three">>',
    )
    assert play(story) == "One.\n\nTwo.\n\nThree."
