import pytest

from tests.corpus_scraper.formats.pages import twine
from tests.corpus_scraper.formats.playing import menu, play
from tests.patience import not_endless
from tests.rows import every_row


def sugarcube(start: str, **passages: str):
    return twine({"Start": start} | passages, dialect="SugarCube")


@every_row(
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
        ('//"Halt,"// she calls.// "Who goes?"// Rain.', '"Halt," she calls. "Who goes?" Rain.'),
        ("//One\ntwo,// and ''three\n\nfour''.", "One\n\ntwo, and three\n\nfour."),
        ("//Soft<<if $a>>ly//, he<</if>> sings.", "Softly, he sings."),
        (
            "See https://example.org/a ~~now~~ and ^^then^^.",
            "See https://example.org/a now and then.",
        ),
        ("''_hat'' is on, _so it is_, _yes_.", "something is on, _so it is_, _yes_."),
        ('"""//As it is//""" {{{$x}}} <nowiki>[[no]]</nowiki>.', "As it is $x no."),
        (
            "A @@.red#x;bold\nand red@@ day, @@color:red;top:1px;so@@ it is.",
            "A bold\n\nand red day, so it is.",
        ),
        ("@@background:url(data:a/b;base64,QUJD);A@@ b; c@@.d;e@@", "A b; ce"),
        ('A <img src="data:image/png;base64,PICTURE">cat.', "A cat."),
        (
            "A [img[data:image/png;base64,PICTURE]]cat, [<img[A|b.png]] [IMG[$c[0]]]here.",
            "A cat, here.",
        ),
        ("<<print '//soft//'>> rain", "soft rain"),
        ("//HP:// 5, http://a.org/b", "HP: 5, http://a.org/b"),
        ("<details><summary>More</summary>Less</details>", "More\n\nLess"),
        ("<<set $a to 'Ada'>><<$a>> waits.", "Ada waits."),
        ("<<done>>$('#a').wiki('x')<</done>>Seen.", "Seen."),
        ("*one\n**two\n#three\n* four\n<<<\nfive", "one\n\ntwo\n\nthree\n\nfour\n\nfive"),
        ("@@color(red):Red@@ @@bgcolor(#fff):white@@.", "Red white."),
        ('[[Go|Hall][$a = "]"; $b = "]]"]] now', "Go now"),
        ("<table><tr><td>One</td><td>two</td></tr></table>", "One two"),
        ("(Maybe something is wrong.)", "(Maybe something is wrong.)"),
        ("<<set _r to random(1)>>You win! (<<= _r>> >= 15)", "You win!"),
        ("""<<link [[It's in|Hall]]>>No.<</link>>isn't it?""", "It's inisn't it?"),
        ('<<silently>>No.<<set $a to ">>">><</silently>>Yes.', "Yes."),
        ("The panel says &lt;OPEN&gt; &#60;b&gt;now.", "The panel says <OPEN> <b>now."),
    ],
)
def test_prose(written: str, wanted: str) -> None:
    written = written.replace("PICTURE", "QUJD" * 9_000)
    told = "\n\n".join(passage.text for passage in sugarcube(written).passages if passage.text)
    assert told == wanted


def named(*names: str) -> dict[str, str]:
    return {name: f"You are at {name}." for name in names}


@every_row(
    ("written", "wanted"),
    [
        ("[[Hall]]", "Hall"),
        ("[[Go in|Hall]]", "Go in"),
        ("[[Go in->Hall]]", "Go in"),
        ("[[Hall<-Go in]]", "Go in"),
        ("[[Go in|Hall][$a to 1]]", "Go in"),
        ('[[Go in|Hall][$bag[0] to "x"; $n[$i] += 1]]', "Go in"),
        ("[[Go in|Hall][$a to 1;\n$b to 2]]", "Go in"),
        ("[[Go to //$place//|Hall]]", "Go to this place"),
        ('[[<img src="data:image/png;base64,PICTURE">Go in|Hall]]', "Go in"),
        ('<<link "Go in" "Hall">><</link>>', "Go in"),
        ('<<link "Go in" Hall>><</link>>', "Go in"),
        ('<<link "Go in" $next>><</link>>', "Go in"),
        ("<<link 'Go ' + \"in\" 'Hall'>><</link>>", "Go in"),
        ('<<link `"Go in"` `"Hall"`>><</link>>', "Go in"),
        ('<<link $name "Hall">><</link>>', "Robin"),
        ("<<link [[Go in|Hall]]>><<set $a to 1>><</link>>", "Go in"),
        ("<<button [[Go in|Hall][$a to 1]]>><</button>>", "Go in"),
        ("<<link [img[A door|a.png][Hall]]>><</link>>", "A door"),
        ('<<link "Go in">><<set $a to 1>><<goto [[Hall]]>><</link>>', "Go in"),
        ('<<click "Go in" "Hall">><</click>>', "Go in"),
        ('<<choice "Hall" "Go in">>', "Go in"),
        ('<<choice "Hall">>', "Hall"),
        ("<<choice [[Go in|Hall]]>>", "Go in"),
        ("<<choice [img[A door|a.png][Hall]]>>", "A door"),
        ('<<actions "Hall">>', "Hall"),
        ("<<actions [[Go in|Hall][$a to 1]]>>", "Go in"),
        ("<<actions [img[A door|a.png][Hall]]>>", "A door"),
        ("<<return [[Go in|Hall]]>>", "Go in"),
        ('<<back "Go in" "Hall">>', "Go in"),
        ("[img[A door|a.png][Hall]]", "A door"),
        ("[>Img[A door|a.png][Hall][$a[0] to 1]]", "A door"),
        ("[img[data:image/png;base64,PICTURE][Hall]]", ""),
        ('<a data-passage="Hall">Go <b>in</b></a>', "Go in"),
        ("<SPAN class=x data-passage='Hall'>Go <span>in</span></SPAN>", "Go in"),
        ("<button data-passage=Hall>Go [in]</button>", "Go [in]"),
        ("<a @data-passage=\"'Hall'\">Go\nin</a>", "Go in"),
        ('<img src="a.png" alt="A > door" data-passage="Hall">', "A > door"),
        ('<div data-passage="Hall">Go in', "Go in"),
        ('<a data-passage="Hall"></a>', "Hall"),
    ],
)
def test_every_link_leads_to_its_passage(written: str, wanted: str) -> None:
    story = sugarcube(
        f"You wait.\n{written}\n[[Stay]]".replace("PICTURE", "QUJD" * 9_000),
        **named("Hall", "Stay"),
        StoryInit='<<set $next to "Hall">>',
    )
    assert [(each.text, each.target) for each in story.choices] == [
        (wanted, "Hall"),
        ("Stay", "Stay"),
    ]
    assert play(story) == "You wait."
    assert story.notes == ()


def test_a_way_back_leads_to_where_the_player_came_from() -> None:
    for written in ("<<back>>", '<<return "Back">>', '<<return "Back" $before>>'):
        story = sugarcube("Here.\n[[Hall]]", Hall=f"A hall.\n{written}")
        assert [each.target for each in story.choices] == ["Hall", "Start"]


def test_jumps() -> None:
    assert play(sugarcube("One.\n<<goto Hall>>", Hall="Two.")) == "One.\n\nTwo."
    assert play(sugarcube('One.\n<<run Engine.play("Hall")>>', Hall="Two.")) == "One.\n\nTwo."
    story = sugarcube('One.\n<<silently>>No. <<goto "Hall">><</silently>>', Hall="Two.")
    assert play(story) == "One.\n\nTwo."


def test_until_a_jump_that_comes_later_the_player_can_choose() -> None:
    story = sugarcube(
        'Run!\n<<timed 9s>><<goto "Late">><</timed>>\n[[Away]]', **named("Late", "Away")
    )
    assert [(each.text, each.target) for each in story.choices] == [("", "Late"), ("Away", "Away")]


@every_row(
    ("written", "note"),
    [
        ("[[Go|https://example.org]]", "A link leads out of the story."),
        ("<<link [[Go|https://example.org]]>><</link>>", "A link leads out of the story."),
        ('<<link "Go" $next>><</link>>', "A link has a target that is computed."),
        ('<a @data-passage="$next">Go</a>', "A link has a target that is computed."),
        ('<<textbox "$a" "x" "Hall">>', "The player enters a text or a number."),
        ('<<script>>Engine.play("Hall")<</script>>', "A script that jumps was left out."),
    ],
)
def test_what_cannot_be_kept_is_noted(written: str, note: str) -> None:
    assert note in sugarcube(f"Here.\n{written}", Hall="A hall.").notes


def test_an_entry_field_may_lead_on() -> None:
    story = sugarcube('Your name?\n<<textbox "$a" "Robin" "Hall" autofocus>>', Hall="A hall.")
    assert play(story).endswith("A hall.")


@pytest.mark.parametrize(
    "unit",
    ["<<a '", '<<a ">>" ', "<<a [[b", "[img[a][", "[[a][", '<a data-passage="b">', "{{{", "@@a:"],
)
def test_signs_made_to_be_searched_again_and_again_take_no_time(unit: str) -> None:
    text = unit * 4_500 + "x" * 500_000
    with not_endless():
        sugarcube(text)


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
