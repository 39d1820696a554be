"""Exclude the menus of a program around a story: credits, settings, restart, save, about.

A choice with such a label is excluded, and a passage that only such choices lead to. What only a
menu led to is kept: the story begins there as well.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, replace

from corpus_scraper.corpus.filters.block import BlockLog
from corpus_scraper.corpus.filters.starts import begin_after
from corpus_scraper.documents.action_lines import turns_page
from corpus_scraper.graph import Choice, StoryGraph

_PAGE = re.compile(
    r"(?:(?:show|view|see|read|open) )?(?:the |your )?"
    r"(?:credits?|acknowledge?ments|settings|options|preferences|licen[cs]es?|accessibility|"
    r"change ?log|version history|how to play|instructions|tutorial|controls|achievements|"
    r"statistics|(?:character )?stats|glossary|contact us|feedback|warnings?|save/load|saves|"
    r"saved games|about(?: (?:the |this )?(?:game|story|author))?|"
    r"(?:author['’]?s? |developer )notes?|"
    r"(?:content|trigger)(?: (?:and|&) trigger| and content)? (?:warnings?|notes?|notices?))",
    re.IGNORECASE,
)
"""Labels that lead to a page about the program, and names of such pages."""

_PROGRAM = (
    r"(?:game|story|session|progress|slot|file|data|values?|hash|points|stats|settings|choices?|"
    r"results?|modal|timer|scores?)"
)
_BEGINNING = r"(?:the )?(?:very )?(?:start|beginning)"
_CONTROL = re.compile(
    r"(?:click (?:here )?to |press to )?(?:re-?start|re-?play|undo)"
    rf"(?: (?:the |this |your )?{_PROGRAM})?(?: from {_BEGINNING})?|"
    rf"(?:start|begin|play)(?: it| this| the {_PROGRAM})? (?:again|over|anew|from {_BEGINNING})"
    rf"(?: from {_BEGINNING})?|"
    rf"(?:(?:go )?back|return|go) to (?:{_BEGINNING}|(?:the )?(?:last |previous )?"
    rf"(?:(?:main |title |start )?(?:menu|title|screen)|{_PROGRAM}|checkpoint|save))|"
    r"(?:main )?menu|new game|(?:mute|unmute)(?: .{0,20})?|fullscreen|(?:dark|light) mode|"
    r"(?:save|load|delete|restore|reset|clear|export|import|submit)"
    rf"(?: (?:(?:the|a|your|from|previous|saved|session) )*{_PROGRAM})?|"
    rf"(?:show|hide|view|check|change|test|start|stop|open|close) (?:(?:the|your|for) )?{_PROGRAM}|"
    r"click(?: here)?|here|"
    rf"(?:quit|exit|end|leave) (?:the )?{_PROGRAM}|end of (?:the )?(?:demo|game)|"
    r"skip (?:to )?(?:the )?"
    r"(?:intro(?:duction)?|tutorial|prologue|credits|chapter|week|day|act|part|end)\b.{0,40}|"
    r"(?:turn|switch) (?:the )?(?:music|sound|audio|animations?) (?:on|off)|"
    r"(?:show|hide|toggle|open|close) (?:the )?(?:sidebar|modal|dialog|menu|hints?)|"
    rf"(?:rate|review|share) (?:this|the) {_PROGRAM}|log ?(?:in|out)",
    re.IGNORECASE,
)
"""Labels that operate the program: where they lead may well be the story."""

_MARKS = " .…!?*[](){}<>|→←↩»«-–—:"
_REASON = "it is a menu of the program"
_CHOICE = "a choice belongs to a menu of the program"


@dataclass(frozen=True, slots=True)
class MenuFilter:
    """Leaves out what operates the program, and what is about it."""

    name: str = "menus"

    def __call__(self, graph: StoryGraph, log: BlockLog) -> StoryGraph:
        """Return `graph` without its menus."""
        pages = _menu_pages(graph)
        removed = [
            choice
            for choice in graph.choices
            if is_menu_label(choice.text) or {choice.origin, choice.target} & pages
        ]
        if not removed and not pages:
            return graph
        kept = _without(graph, pages, removed)
        begun = begin_after(graph, kept, removed)
        if begun is None:
            return graph
        for passage in graph.passages:
            if passage.id in pages:
                log.exclude_passage(self.name, graph, passage.id, _REASON, len(passage.text))
        for choice in removed:
            log.exclude_passage(self.name, graph, choice.origin, _CHOICE, len(choice.text))
        return begun


def _without(graph: StoryGraph, pages: set[str], removed: list[Choice]) -> StoryGraph:
    """Return `graph` without some passages and choices.

    Where only an offer to begin again is left, the story has ended.
    """
    gone = set(map(id, removed))
    choices = tuple(each for each in graph.choices if id(each) not in gone)
    ended = {each.origin for each in removed} - {each.origin for each in choices}
    return replace(
        graph,
        passages=tuple(
            replace(each, ending=True) if each.id in ended else each
            for each in graph.passages
            if each.id not in pages
        ),
        choices=choices,
    )


def is_menu_label(label: str) -> bool:
    """Return whether a label leads to a page about the program, or operates it."""
    bare = " ".join(label.split()).strip(_MARKS)
    is_menu = _PAGE.fullmatch(bare) or _CONTROL.fullmatch(bare)
    return is_menu is not None and not turns_page(bare)


def _menu_pages(graph: StoryGraph) -> set[str]:
    """Return the ids of passages that are pages of a menu; a start of the story is none."""
    labels: defaultdict[str, set[str]] = defaultdict(set)
    for choice in graph.choices:
        if choice.origin != choice.target:
            labels[choice.target].add(choice.text.strip(_MARKS))
    return {
        passage.id
        for passage in graph.passages
        if passage.id not in graph.starts
        and passage.id in labels
        and (_PAGE.fullmatch(passage.id) or all(map(_PAGE.fullmatch, labels[passage.id])))
    }
