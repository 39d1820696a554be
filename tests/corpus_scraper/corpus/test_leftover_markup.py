"""Markup that is left in the text of documents: found, counted by source, and warned about."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from corpus_scraper.corpus.leftover_markup import KINDS, find_leftovers
from corpus_scraper.graph import Source, StoryGraph
from tests.corpus_scraper.built import corpus
from tests.corpus_scraper.graphs import graph
from tests.corpus_scraper.stories import story
from tests.rows import every_row


def kinds(text: str, source: str = "twine") -> list[str]:
    return [found.kind for found in find_leftovers(text, source)]


@every_row(
    ("kind", "texts"),
    {
        "base64": [
            "url(data:image/png;base64,iVBORw0KGgo=)",
            "It says iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk here.",
        ],
        "macro": [
            "You have <<print $gold>> coins.",
            "<<if $a gt 1>>Rich.<</if>>",
            "<<= 5>>",
            "<<wobble>>",
            '(text-style: "italic")[Hush.]',
            "(if: $key is true)[The door opens.]",
            "(set: $a to 1)",
            '(link-goto: "On", "Hall")',
            "(else:)[Nothing.]",
            "(color: red)[Blood.]",
            "|veil>[A word.]",
            "A word.]<veil|",
            "=><=",
            "==>",
            "<% if (s.key) { %>",
            "{embed passage: 'Hall'}",
            "Hello {{name}}.",
            "[if door is open]",
            "[if system[0] == 1]",
            "A [one of]red[or]blue[at random] hat.",
            "[? if met = 1 : Again! ?]",
            "You have [+ gold +].",
            "{~red|blue} paint",
            "{&one|two}",
        ],
        "command": [
            "*goto hall",
            "*set gold 5",
            "*page_break",
            "~ gold = gold + 1",
            "VAR gold = 5",
            "-> hall",
            "You leave. -> DONE",
            "->->",
            "<- weather",
            "=== hall ===",
            "glue at the end <>",
            "on-arrival: gold += 1",
            "on_arrival: gold += 1",
            "view-if: gold",
            "- @hall: The hall",
            ":: Hall [dark]",
            "The hall. # CLASS: loud",
        ],
        "link": ["Go to [[the hall|Hall]].", "[img[hall.png]]"],
        "HTML": [
            "A <b>bold</b> word.",
            '<span class="a">',
            "<br>",
            "<!-- a note",
            "</custom-tag>",
            "Ham &amp; eggs",
            "a&nbsp;b",
            "&#39;tis",
        ],
        "variable": [
            "Hello, ${name}.",
            "You see @{big a|the} cat.",
            "Hello, {name}.",
            "{gold > 5:rich|poor}",
            "You have $gold coins.",
            "something >= 15",
        ],
        "emphasis": [
            "A **bold** word.",
            "A ''bold'' word.",
            "An //odd// word.",
            "~~gone~~",
            "Press `Enter` now.",
            "# The Hall",
            "[b]loud[/b]",
            "one[n/]",
            r"\[a bracket",
        ],
        "style": ["An *odd* word.", "An _odd_ word."],
        "identifier": ["The bridge_open is here.", "You have _count coins."],
        "code": [
            "You roll Math.floor(3).",
            "var gold = 5",
            "if a == 5",
            "tired && hungry",
            "function go() {",
            ".hall {",
            "color: red; }",
        ],
        "placeholder": [
            "Hello, %s!",
            "[PLAYER NAME] nods.",
            "[insert story here]",
            "TODO: an end",
            "Lorem ipsum dolor",
            "Double-click this passage to edit it.",
            "a \ufffd b",
            "Bring it to <planet>.",
        ],
    }.items(),
)
def test_markup_is_found_by_its_kind(kind: str, texts: list[str]) -> None:
    assert kind in KINDS
    assert {text: kinds(text)[:1] for text in texts} == {text: [kind] for text in texts}


@every_row(
    "text",
    [
        "“Well,” she said — ‘fine’ … it’s naïve.",
        "I <3 you. <3",
        "It costs $5, or US$5, $1,000 or $2k.",
        "$US 5 and $CAD 6",
        "Then a * b = c, and 5*3*2.",
        "* * *",
        "***",
        "---",
        "Write to ann.b_c@example.org.",
        "See https://example.org/a_b//c?d=e&f=g#h.",
        "He said it [sic].",
        "See note [1], or [a].",
        "[address] rang [name] at [number].",
        "R&B, AT&T; Q&A",
        "D&D & so on",
        "C# and F#",
        "#metoo, No. #5",
        r"/\_/\ ",
        r"( o.o )",
        "> ^ <",
        "|__|--|__|",
        "+-----+",
        "| Bar | Hall |",
        "<-- north",
        "--> east",
        "<><  ><>",
        "o_o",
        "^_^",
        ":-> and >:-|",
        "-> ",
        "lol >=D",
        "¯\\_(ツ)_/¯",
        "C:\\new\\temp",
        "Speed < 5 and > 3.",
        "Ask <someone> about <something>",
        "f**k, d*mn",
        "a footnote* and another*",
        "100% sure, 5%",
        "(note: it is late)",
        "(background: he was a soldier)",
        "(if: only)",
        "[Your translator says [taboo? religion?].]",
        "[TAKEN]",
        "[ENDING 4/10]",
        "`hello' and `bye'",
        "''",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "~ A ballad ~",
        "~5 miles",
        "12:30 // 13:00",
        "and/or",
        "either/or//",
        "@ann and @bob",
        "{ }",
        "{:-{",
        "[+] [-]",
        "Empathy: [+][-]",
        "== 5 ==",
        "Chapter: 5",
        "a || b? no",
        "He typed 2+2=4.",
        "VARIOUS things",
        "LIST the reasons.",
        "The 'real' thing",
        "don''t",
    ],
)
def test_prose_is_no_markup(text: str) -> None:
    assert list(find_leftovers(text, "twine")) == []


def test_stars_around_a_word_are_the_authors_own_where_the_format_has_no_styles() -> None:
    assert kinds("Passages lead off in *ALL* directions.", "regtest") == []
    assert kinds("Passages lead off in *ALL* directions.", "twee") == ["style"]


def test_a_piece_counts_once_and_the_excerpt_shows_it_with_its_neighbours() -> None:
    text = f"{'word ' * 30}<<print $gold>>{' more' * 30}\n\n> You take $gold."
    found = list(find_leftovers(text))
    assert [each.kind for each in found] == ["macro", "variable"]
    assert "word <<print $gold>> more" in found[0].excerpt
    assert len(found[0].excerpt) <= 80


@pytest.mark.parametrize(
    "mark",
    [
        "<",
        "<a ",
        "<<if ",
        "[[",
        "[if ",
        "{a",
        "${",
        "*a",
        "_a ",
        "(if:",
        "''a",
        "//a",
        "@@",
        "`a",
        "&",
        "a_b",
        "$a",
        "\\",
        "{{",
        "a ",
        "<%",
    ],
)
def test_openings_that_never_close_are_read_in_linear_time(mark: str) -> None:
    assert all(found.kind in KINDS for found in find_leftovers(mark * 100_000, "twine"))


def marked(number: int, text: str, parser: str = "twee") -> StoryGraph:
    whole = story(number)
    first, *others = whole.passages
    return replace(
        whole,
        passages=(replace(first, text=f"{first.text} {text}"), *others),
        source=Source(f"tales/{number}", "", f"{number:064x}", parser, 1),
    )


def test_a_build_counts_leftovers_by_source_and_warns_above_one_in_a_hundred(
    tmp_path: Path,
) -> None:
    stories = [marked(1, "You own $gold. <<wobble>>"), marked(2, "$5"), marked(3, "", "ink")]
    folder = corpus(tmp_path, stories, max_work_share=1, holdout_fraction=0)
    manifest = json.loads((folder / "manifest.json").read_text())
    found = manifest["leftover_markup"]
    assert list(found) == ["ink", "twee"]
    assert found["ink"]["leftovers"] == 0 < found["ink"]["documents"]
    assert found["twee"]["kinds"] == {"variable": 1, "macro": 1}
    assert found["twee"]["per_100_documents"] == round(200 / found["twee"]["documents"], 2)
    assert [example["work"] for example in found["twee"]["examples"]] == ["tales/1.json"] * 2
    assert manifest["blocks"]["leftover markup"]["counts"] == {"macro": 1, "variable": 1}
    warnings = [w for w in manifest["warnings"] if "markup left" in w]
    assert len(warnings) == 1
    assert warnings[0].startswith("twee has markup left in its text 2 times in ")
    assert "You own $gold." in warnings[0]


def test_only_what_is_trained_on_is_counted(tmp_path: Path) -> None:
    text = " ".join(f"You count {word} stones for $gold." for word in "ab cd ef gh ij kl".split())
    ways = [("p0", f"p{at}", f"Go {at}.") for at in range(1, 9)]
    passages = {
        "p0": text,
        **{f"p{at}": f"You are at the {at}th place. " * 9 for at in range(1, 9)},
    }
    tree = replace(graph(passages, *ways), licence="MIT")
    folder = corpus(tmp_path, [tree], max_work_share=1, holdout_fraction=0)
    found = json.loads((folder / "manifest.json").read_text())["leftover_markup"]["test"]
    assert found["documents"] == 8
    assert found["leftovers"] == 6
