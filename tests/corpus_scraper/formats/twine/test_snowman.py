from tests.corpus_scraper.formats.pages import twine
from tests.corpus_scraper.formats.playing import menu, play


def snowman(start: str, **passages: str):
    return twine({"Start": start} | passages, dialect="Snowman")


def test_code_is_left_out_and_values_are_filled_in() -> None:
    story = snowman('<% s.name = "Ada"; %>Hello, **<%= s.name %>**.\n<%= s.bag.join(", ") %>')
    assert play(story) == "Hello, Ada."


def test_conditions_become_choices_and_loops_are_read_once() -> None:
    story = snowman(
        "Dark.\n\n<% if (s.lamp) { %>\nYou light it.\n<% } else if (s.match) { %>\nYou strike it.\n"
        "<% } else { %>\nYou grope about.\n<% } %>\n\n<% for (i = 0; i < 3; i++) { %>A bat. <% } %>"
    )
    assert [c.condition for c in story.choices][:2] == ["s.lamp", "s.match"]
    assert play(story, "? s.match") == "Dark.\n\nYou strike it.\n\nA bat."


def test_what_is_rendered_is_included() -> None:
    story = snowman('<%= story.render("Top") %>\nHere. [[Go|End]]', Top="Above.", End="The end.")
    assert play(story) == "Above.\n\nHere. Go"
    assert menu(story) == ["Go"]


def test_links_may_hold_code() -> None:
    story = snowman(
        '<% s.name = "Ada" %>Here. [[Go with <%= s.name %>->Hall]] '
        '<a data-passage="Hall">Ask <%= s.name %></a>',
        Hall="A hall.",
    )
    assert menu(story) == ["Go with Ada", "Ask Ada"]
