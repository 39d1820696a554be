"""Ways on which two conditions exclude each other are left out; no text is."""

from corpus_scraper.formats.basic_block import BasicBlock
from corpus_scraper.formats.control_flow import ControlFlow

Edges = set[tuple[str, str, str]]


def flow_of(*conditions: str, changes: str = "") -> tuple[ControlFlow, BasicBlock]:
    """Return a flow of paragraphs, each under one condition, and the block after them."""
    flow = ControlFlow()
    here = flow.open_block("start")
    here.add_text("Start.\n")
    for condition in conditions:
        block, after = flow.open_block(condition), flow.new_block("after")
        block.add_text(f"If {condition}.\n")
        block.changes |= set(changes.split())
        here.add_exit(block.id, condition=condition)
        here.add_exit(after.id, condition=f"not ({condition})")
        block.add_exit(after.id)
        here = after
    return flow, here


def edges(flow: ControlFlow) -> Edges:
    _, passages, choices = flow.passages("start")
    texts = {passage.id: passage.text.strip(".") for passage in passages}
    return {(texts[each.origin], texts.get(each.target, ""), each.condition) for each in choices}


def test_of_two_paragraphs_that_exclude_each_other_one_is_read() -> None:
    flow, end = flow_of("x is 1", "x is 2")
    end.add_text("End.\n")
    found = edges(flow)
    assert ("If x is 1", "End", "") in found
    assert not any(before == "If x is 1" and after == "If x is 2" for before, after, _ in found)


def test_a_chain_of_alternatives_is_followed_to_its_end() -> None:
    flow, end = flow_of(*(f"x is {n}" for n in range(30)))
    end.add_text("End.\n")
    assert ("If x is 0", "End", "") in edges(flow)


def test_a_change_of_the_variable_keeps_the_way() -> None:
    flow, end = flow_of("x is 1", "x is 2", changes="x")
    end.add_text("End.\n")
    assert {("If x is 1", "", ""), ("", "If x is 2", "x is 2")} <= edges(flow)


def test_text_that_only_an_impossible_way_leads_to_stays() -> None:
    flow = ControlFlow()
    start, empty = flow.open_block("start"), flow.open_block("empty")
    start.add_text("Start.\n")
    start.add_exit(empty.id, condition="x is 1")
    for condition in ("x is 2", "x is 3"):
        flow.open_block(condition).add_text(f"If {condition}.\n")
        empty.add_exit(condition, condition=condition)
    _, passages, _ = flow.passages("start")
    assert {"If x is 2.", "If x is 3."} <= {passage.text for passage in passages}
