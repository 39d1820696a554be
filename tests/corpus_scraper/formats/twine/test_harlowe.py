from tests.corpus_scraper.formats.pages import twine
from tests.corpus_scraper.formats.playing import menu, play
from tests.rows import every_row


def told(text: str, **passages: str) -> str:
    return play(twine({"Start": text} | passages))


def test_a_paragraph_with_a_condition_becomes_a_passage() -> None:
    story = twine(
        {
            "Start": "A door.\n\n(if: $key is true)[It is open.\n[[Enter]]](else:)[It is shut.]\n\n"
            "Birds sing.",
            "Enter": "In.",
        }
    )
    shut = "not ($key is true)"
    assert [c.condition for c in story.choices][:2] == ["$key is true", shut]
    assert play(story, "? $key is true") == "A door.\n\nIt is open.\n\nBirds sing."
    assert play(story, f"? {shut}") == "A door.\n\nIt is shut.\n\nBirds sing."
    assert menu(story, "? $key is true") == ["Enter ? $key is true"]


def test_of_words_within_a_line_the_first_are_kept_and_the_rest_is_noted() -> None:
    story = twine({"Start": "You have (if: $a)[a sword](else-if: $b)[a stick](else:)[nothing]."})
    assert play(story) == "You have a sword."
    assert "Of texts that depend on a condition, the first was kept. (2 times)" in story.notes


@every_row(
    ("written", "wanted"),
    [
        ("He _never_ came. (set: _x to 'so')It is _x.", "He never came. It is so."),
        ("(print: 'Hello, ' + $name + '!')", "Hello, Robin!"),
        ('(set: $name to "Ada")Hello, $name.', "Hello, Ada."),
        ("Hello, $name.", "Hello, Robin."),
        ("(print: $gold) coins", "a fair sum coins"),
        ('(set: $x to "")Nothing$x here.', "Nothing here."),
        ("''Bold'' and //slanted// *and* **so on**.", "Bold and slanted and so on."),
        ('(text-style: "bold")[Loud], (font: "A")+(colour: red)[red].', "Loud, red."),
        ("One,\\\n two.", "One, two."),
        ("{ One,\n\n  two. }", "One, two."),
        ("<!-- hidden -->Seen.", "Seen."),
        ("Tea (either: 'hot', 'cold').", "Tea hot."),
        ("(cycling-link: bind $a, 'red', 'blue') paint", "red paint"),
        ("A smile :) and a (remark).", "A smile :) and a (remark)."),
        ("==>\nRight.\n<==", "Right."),
        ("(live: 2s)[Late.]", "Late."),
        ("|door>[A door] creaks.", "A door creaks."),
        ("|secret)[Not yet.]Now.", "Now."),
        ("$name's hat, and `[[none]] //so//`.", "Robin's hat, and none so."),
        ("($bold: 'x')[Loud] ($say: \"He's in)\")now", "Loud He's in)now"),
        ("* one\n** two\n```\nthree\n```", "one\n\ntwo\n\nthree"),
        ("(masteraudio: 'stopall')Quiet.", "Quiet."),
        ("|secret)[At last.]Now. (show: ?secret)", "Now. At last."),
        ("(show: ?a)|a)[One. (show: ?b)]|b)[Two. (show: ?a)]", "One. Two."),
        ("(hidden:)[Not yet.]Now.", "Now."),
        ("//Soft\nrain// and ''bold\n\nwords''.", "Soft\n\nrain and bold\n\nwords."),
        ("**Loud\nrain**, he said. ~~Not //so.", "Loud\n\nrain, he said. Not so."),
        ("See http://example.org now.", "See http://example.org now."),
        ("(set: $big to (text-size: 2) + (css: 'x'))$big[Loud]!", "Loud!"),
        ('(link-fullscreen: "Full", "Window") view', "Full view"),
        ('(dialog: "Sure?", "Yes")', "Sure?"),
        ("It's the cat's (if: $inv's length > 0)[toy].", "It's the cat's toy."),
    ],
)
def test_prose(written: str, wanted: str) -> None:
    assert told(written) == wanted


def test_what_is_hidden_and_never_shown_is_noted() -> None:
    story = twine({"Start": "|a)[One.](hidden:)[Two.]Three."})
    assert story.notes == ("A hidden text that nothing shows was left out. (2 times)",)


def test_a_link_shows_a_hidden_hook() -> None:
    story = twine({"Start": '(link-show: "Look", ?view) |view)[A lake.]'})
    assert play(story, "Look") == "A lake."


def test_a_hook_that_is_never_closed_ends_with_its_passage() -> None:
    story = twine({"Start": 'Night. (link: "Wait")[An owl. (if: $a)[It hoots.'})
    assert play(story, "Wait") == "Night. Wait\n\nAn owl. It hoots."


def test_an_element_that_is_clicked_may_lead_on_or_back() -> None:
    story = twine(
        {"Start": 'A |door>[door]. (click-goto: ?door, "Hall")', "Hall": "Hall. (click-undo: ?x)"}
    )
    assert [(each.text, each.target) for each in story.choices] == [("door", "Hall"), ("", "Start")]


def test_what_a_link_reveals_becomes_a_passage() -> None:
    story = twine(
        {"Start": 'A box. (link: "Open it.")[A key lies in it.]\n[[Leave]]', "Leave": "Out."}
    )
    assert play(story) == "A box. Open it."
    assert menu(story) == ["Open it.", "Leave"]
    assert play(story, "Open it.").endswith("A key lies in it.")
    assert menu(story, "Open it.") == ["Leave"]


def test_what_appears_may_let_more_appear() -> None:
    story = twine(
        {
            "Start": 'Night. (link: "Wait")[An owl. (link-reveal: "It flies")[. Then you sleep. '
            '(link: "Again")[(display: "Start")]]]\n[[Leave]]',
            "Leave": "Out.",
        }
    )
    assert menu(story, "Wait") == ["It flies", "Leave"]
    assert play(story, "Wait", "It flies").endswith("An owl. It flies\n\nThen you sleep. Again")
    assert menu(story, "Wait", "It flies") == ["Again", "Leave"]


def test_links_that_jump() -> None:
    story = twine(
        {
            "Start": 'Here.\n(link-goto: "Run", "Wood")\n'
            '(link: "Hide")[(set: $a to 1)(goto: "Hole")]\n'
            '(click: "Here")[(goto: "Wood")]\n(link: "Count")[(set: $n to 2)]',
            "Wood": 'Trees. (link-goto: "Back", (history:)\'s last)',
            "Hole": "Dark.",
        }
    )
    assert menu(story) == ["Run", "Hide", "Here"]
    assert play(story, "Hide").endswith("Dark.")
    assert menu(story, "Run") == ["Back"]
    assert play(story, "Run", "Back").count("Here.") == 2
    assert "A link that only sets variables was left out." in story.notes


def test_a_click_on_a_named_hook_is_a_link_of_its_words() -> None:
    story = twine(
        {"Start": 'A [brass door]<door| here.\n(click: ?door)[(goto: "In")]', "In": "In."}
    )
    assert play(story) == "A brass door here."
    assert menu(story) == ["brass door"]


def test_a_jump_by_itself_leads_on() -> None:
    story = twine({"Start": '(set: $a to 1)(goto: "Hall")', "Hall": "A hall."})
    assert play(story) == "A hall."


def test_a_displayed_passage_appears_only_where_it_is_displayed() -> None:
    story = twine({"Start": 'One.\n(display: "Sky")\nThree.', "Sky": "Two. [[Up]]", "Up": "Up."})
    assert play(story) == "One.\n\nTwo. Up\n\nThree."
    assert [passage.id for passage in story.passages] == ["Start", "Up"]
    assert menu(story) == ["Up"]


def test_a_passage_that_displays_itself_ends() -> None:
    assert told('Again. (display: "Start")') == "Again."


def test_links_and_printed_strings_may_hold_code() -> None:
    story = twine(
        {
            "Start": '(set: $name to "Ada")(set: _pet to "x")(print: "Dear $name") '
            '[[Feed _pet of $name->Hall]] (link-goto: "Ask $name", "Hall") '
            '(link: "Tell (print: $name)")[Yes.]'
            "[[(if: $x)[Run]|Hall]] [[Pay $5->Hall]]",
            "Hall": "A hall.",
        }
    )
    assert menu(story) == ["Feed x of Ada", "Ask Ada", "Tell Ada", "Run", "Pay $5"]
    assert play(story).startswith("Dear Ada")


def test_what_follows_a_jump_that_happens_later_is_kept() -> None:
    story = twine(
        {
            "Start": 'Wait. (event: when $hp is 0)[(go-to: "Hall")]'
            '(live: 5s)[(goto: "Hall")]Still.',
            "Hall": "A hall.",
        }
    )
    assert play(story).startswith("Wait. Still.")
    assert {each.target for each in story.choices} == {"Hall"}
