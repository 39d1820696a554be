"""Read stories written in ChoiceScript: a folder of scenes that starts with `startup.txt`.

Nothing is computed: conditions are kept as written, and of several texts the first.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from corpus_scraper.formats.choicescript_scene import SceneWriter
from corpus_scraper.formats.graph_builder import Format, build_graph
from corpus_scraper.formats.indentation import parse_tree, walk
from corpus_scraper.formats.placeholders import literal
from corpus_scraper.formats.story_file import StoryFile, join_files, load, read_head
from corpus_scraper.graph import StoryGraph

ENTRY = "startup.txt"
"""The first scene of a game, by which its folder is recognised."""

_NOT_STORY = frozenset({"choicescript_stats.txt"})
_COMMAND = re.compile(
    rb"(?m)^[ \t]*\*(?:scene_list|title|create|choice|fake_choice|label|goto|goto_scene|finish"
    rb"|page_break|set|if|ending|comment|temp|gosub)\b"
)


def _recognises(path: Path, head: bytes) -> bool:
    """Return whether this is a folder with a game's scenes, or one of them."""
    if path.is_dir():
        return bool(_COMMAND.search(read_head(path / ENTRY, 65536)))
    if path.suffix.lower() != ".txt":
        return False
    if path.name in _NOT_STORY:
        return (path.parent / ENTRY).is_file()
    return bool(_COMMAND.search(head)) and (path.parent / ENTRY).is_file()


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    """Yield the game of a folder of scenes or of its entry; nothing for any other scene."""
    if path.is_dir():
        path = path / ENTRY
    if path.name != ENTRY:
        return
    entry = load(path, root)
    files = {"startup": entry}
    for scene in sorted(path.parent.glob("*.txt")):
        if scene != path and scene.name not in _NOT_STORY:
            files[scene.stem.lower()] = load(scene, root)
    yield _game(files)


FORMAT = Format("choicescript", _recognises, _parse)


def _game(files: dict[str, StoryFile]) -> StoryGraph:
    scenes = {
        name: parse_tree(file, enumerate(file.text.split("\n"), 1)) for name, file in files.items()
    }
    metadata = {"title": "", "author": ""}
    values: dict[str, str] = {}
    order: list[str] = []
    for node in (node for nodes in scenes.values() for node in walk(nodes)):
        match node.word:
            case "*title" | "*author":
                metadata[node.word[1:]] = metadata[node.word[1:]] or node.rest
            case "*create" | "*temp" | "*set":
                name, _, value = node.rest.partition(" ")
                if text := literal(value):
                    values.setdefault(name.lower(), text)
            case "*scene_list":
                order += [child.text.lower() for child in node.children if child.text]
    writer = SceneWriter(values, [name for name in order if name in scenes])
    for name, nodes in scenes.items():
        writer.write_scene(name, nodes)
    parsed = writer.flow.parsed("startup", metadata["title"], author=metadata["author"])
    return build_graph(join_files(list(files.values())), parsed)
