"""Provides the conversations of Endless Sky's data files: each one is a story of its own.

Knows nothing of the rest of the game: of missions only their names and what they fill in.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from corpus_scraper.formats.graph_builder import Format, ParsedStory, build_graph, unique_names
from corpus_scraper.formats.indentation import Node, parse_tree, walk
from corpus_scraper.formats.story_file import StoryFile, load
from corpus_scraper.graph import StoryGraph
from corpus_scraper.plugins.endless_sky_conversation import ConversationWriter, is_prose, tokens

_ROOTS = """
    category color conversation disable effect event fleet formation galaxy gamerules government
    hazard help interface landing message minable mission news outfit outfitter person phrase planet
    raiding rating sale scene ship shipyard star start substitutions system test tip trade wormhole
    """.split()
_ROOT = re.compile(rf"(?:{'|'.join(_ROOTS)})\b[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\n)*\t[\w\"`]")
_LEAD = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*")


def recognises(path: Path, head: bytes) -> bool:
    """Return whether this is a data file of the game: a root word, and lines under it by tabs."""
    if path.suffix.lower() != ".txt" or b"\t" not in head:
        return False
    text = head.decode("utf-8", errors="replace").removeprefix("\ufeff").replace("\r\n", "\n")
    lead = _LEAD.match(text)
    return bool(_ROOT.match(text, lead.end() if lead else 0))


def read(path: Path, root: Path) -> Iterator[StoryGraph]:
    """Yield each conversation of the file. Raises Unreadable where lines stand too deep."""
    file = load(path, root)
    lines = [
        (number, line)
        for number, line in enumerate(file.text.split("\n"), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    talks = [talk for node in parse_tree(file, lines) for talk in _talks(node) if _tells(talk)]
    names = unique_names("/".join(path) for path, *_ in talks)
    for name, (path_, talk, values) in zip(names, talks, strict=True):
        yield _graph(file, name, path_[0], talk, values)


FORMAT = Format("endless-sky", recognises, read)

_Talk = tuple[tuple[str, ...], Node, dict[str, str]]


def _tells(talk: _Talk) -> bool:
    """Return whether anything is said in a conversation; some only branch."""
    return any(map(is_prose, walk(talk[1].children)))


def _talks(node: Node) -> Iterator[_Talk]:
    """Yield the conversations in a root node: how to call them, their lines, what is filled in."""
    kind, *names = tokens(node.text)
    title = names[0] if names else kind
    values: dict[str, str] = {}
    for child in node.children:
        match tokens(child.text):
            case ["name", shown, *_] if kind == "mission":
                title = shown
            case ["substitutions", *_]:
                for line in child.children:
                    pair = tokens(line.text)
                    if len(pair) == 2:
                        values.setdefault(pair[0].strip("<>"), pair[1])
    path = (title, names[0]) if names and names[0] != title else (title,)
    if kind == "conversation":
        yield path, node, values
        return
    for child in node.children:
        yield from _inner_talks(child, path, values)


def _inner_talks(node: Node, path: tuple[str, ...], values: dict[str, str]) -> Iterator[_Talk]:
    if node.word == "conversation":
        if node.children:  # without lines it only names one that stands elsewhere
            yield path, node, values
        return
    inner = (*path, " ".join(tokens(node.text))[:60])
    for child in node.children:
        yield from _inner_talks(child, inner, values)


def _graph(
    file: StoryFile, name: str, title: str, talk: Node, values: dict[str, str]
) -> StoryGraph:
    writer = ConversationWriter(values)
    writer.write(talk.children)
    start, passages, choices = writer.finish()
    found = ParsedStory(
        writer.prose(title), start, passages, choices, notes=writer.flow.sentences(), part=name
    )
    return build_graph(file, found)
