from tests.corpus_scraper.formats.pages import twine
from tests.corpus_scraper.formats.playing import menu, play


def chapbook(start: str, **passages: str):
    return twine({"Start": start} | passages, dialect="Chapbook")


def test_variables_stand_above_and_are_filled_in() -> None:
    story = chapbook(
        "name: 'Ada'\nage (name): 40\n--\n{name} is *not* {age.x}.\n\nolder: 41\n--\nShe is."
    )
    assert play(story) == "Ada is not something.\n\nShe is."


def test_modifiers_say_what_becomes_of_the_lines_below() -> None:
    story = chapbook(
        "It is late.\n\n[if tired]\nYou yawn.\n\n[else]\nYou sing.\n\n[continue]\nAnd so on.\n\n"
        "[JavaScript]\nwrite('x');\n\n[note]\nFix this.\n\n[after 2s; append]\nAn owl cries."
    )
    assert [c.condition for c in story.choices][:2] == ["tired", "not (tired)"]
    assert play(story, "? tired") == "It is late.\n\nYou yawn.\n\nAnd so on.\n\nAn owl cries."
    assert play(story, "? not (tired)").split("\n\n")[1] == "You sing."


def test_a_modifier_may_hold_brackets_and_quotes_doubled_are_no_text() -> None:
    story = chapbook("Press ''a''.\n\n[if system[0] == list[1]]\nYou yawn.\n\n[continue]\nOn.")
    assert play(story, "? system[0] == list[1]") == "Press a.\n\nYou yawn.\n\nOn."


def test_links_may_hold_inserts() -> None:
    story = chapbook(
        "name: 'Ada'\n--\nHere. [[Go with {name}->Hall]]\n{link to: 'Hall', label: 'Ask {name}'}\n"
        "{reveal link: 'Tell {name}', text: 'It is {name}.'}",
        Hall="A hall.",
    )
    assert menu(story) == ["Go with Ada", "Ask Ada", "Tell Ada"]
    assert play(story, "Tell Ada").endswith("It is Ada.")


def test_inserts_embed_reveal_and_lead_on() -> None:
    story = chapbook(
        "Here.\n{embed passage: 'Sky'}\n{reveal link: 'Dig', text: 'A bone.'}\n"
        "{reveal link: 'Look', passage: 'View'}\n{link to: 'Hall', label: 'Go in'}\n> [[Hall]]\n"
        "{cycling link for: 'a', choices: ['Red', 'Blue']}",
        Sky="Blue sky.",
        View="Hills.",
        Hall="A hall.",
    )
    assert play(story) == "Here.\n\nBlue sky.\n\nRed"
    assert menu(story) == ["Dig", "Look", "Go in", "Hall"]
    assert play(story, "Dig").endswith("A bone.")
    assert play(story, "Look").endswith("Hills.")
