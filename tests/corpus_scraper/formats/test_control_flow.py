from corpus_scraper.formats.basic_block import GLUE, ends_sentence, render_text
from corpus_scraper.formats.control_flow import ControlFlow
from corpus_scraper.formats.placeholders import literal, placeholder_for
from tests.rows import every_row


def test_blocks_that_only_lead_on_are_taken_out() -> None:
    flow = ControlFlow()
    first, empty, last = flow.open_block("first"), flow.open_block("empty"), flow.open_block("last")
    first.add_text("First.\n")
    first.add_exit(empty.id, "go")
    first.add_exit(last.id, "jump")
    empty.add_exit(last.id)
    last.add_text("Last.")
    start, passages, choices = flow.passages("first")
    assert [passage.text for passage in passages] == ["First.", "Last."]
    assert [(way.text, way.target) for way in choices] == [("go", "last"), ("jump", "last")]
    assert start == "first"


def test_a_block_joins_the_only_one_that_leads_to_it_unless_the_page_turns() -> None:
    flow = ControlFlow()
    blocks = [flow.open_block(name) for name in "abc"]
    for block in blocks:
        block.add_text(f"{block.id.upper()}.\n")
    blocks[0].add_exit("b")
    blocks[1].add_exit("c").turns_page = True
    _, passages, choices = flow.passages("a")
    assert [passage.text for passage in passages] == ["A.\n\nB.", "C."]
    assert [(way.origin, way.target, way.text) for way in choices] == [("a", "c", "")]


def test_a_cycle_of_empty_blocks_ends() -> None:
    flow = ControlFlow()
    flow.open_block("a").add_text("A.")
    flow.blocks["a"].add_exit("b", "round")
    for here, there in ("bc", "cd", "db"):
        flow.open_block(here).add_exit(there)
    _, passages, _ = flow.passages("a")
    assert "A." in {passage.text for passage in passages}


def test_a_story_that_ends_at_once_has_a_start() -> None:
    flow = ControlFlow()
    flow.open_block("start").add_exit(flow.ending("over"))
    flow.open_block("never").add_text("Never.")
    start, passages, _ = flow.passages("start")
    assert start in {passage.id for passage in passages}


def test_a_sentence_that_breaks_off_at_a_merge_is_completed_in_both_predecessors() -> None:
    flow = ControlFlow()
    fork, left, right, on = (flow.open_block(name) for name in ("fork", "left", "right", "on"))
    fork.add_text("You go\n")
    fork.add_exit("left", "left")
    fork.add_exit("right", "right")
    left.add_text("Quickly, you ")
    right.add_text("Slowly, you ")
    left.add_exit("on")
    right.add_exit("on")
    on.add_text("come home.\nIt is late.\n")
    _, passages, _ = flow.passages("fork")
    texts = {passage.text for passage in passages}
    assert {"Quickly, you come home.", "Slowly, you come home.", "It is late."} <= texts


def test_names_that_are_taken_get_a_number() -> None:
    flow = ControlFlow()
    assert [flow.open_block("a").id, flow.open_block("a").id, flow.new_block("a").id] == [
        "a",
        "a~2",
        "a:1",
    ]


def test_notes_name_how_often_they_apply() -> None:
    flow = ControlFlow()
    flow.open_block("start").add_text("Hello.")
    flow.notes["Lost."] += 3
    flow.notes["Odd."] += 1
    assert flow.parsed("start").notes == ("Lost. (3 times)", "Odd.")


@every_row(
    ("text", "is_whole"),
    [("Yes.", True), ("“No!”", True), ("and then", False), ('He said "go.', False), ("a\n", True)],
)
def test_where_a_paragraph_may_end(text: str, is_whole: bool) -> None:
    assert ends_sentence(text) is is_whole


def test_glue_and_lines_become_paragraphs() -> None:
    assert render_text(f"\n , One\n{GLUE}\n two.\n\n\nThree.") == "One two.\n\nThree."


@every_row(
    ("name", "values", "said"),
    [
        ("playerName", {}, "Robin"),
        ("name", {"name": "Ada"}, "Ada"),
        ("name", {"name": "true"}, "Robin"),
        ("name", {"name": "<b>"}, "Robin"),
        ("max_hit_points", {}, "several"),
        ("qzx", {}, "something"),
        ("", {}, "something"),
    ],
)
def test_a_plain_word_for_a_value(name: str, values: dict[str, str], said: str) -> None:
    assert placeholder_for(name, values) == said


@every_row(
    ("expression", "said"),
    [('"Ada"', "Ada"), ("'x';", "x"), ("7", "7"), ("-2.5", "-2.5"), ('"a" + "b"', ""), ("f()", "")],
)
def test_the_value_of_a_literal(expression: str, said: str) -> None:
    assert literal(expression) == said
