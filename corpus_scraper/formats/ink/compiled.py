"""Read compiled ink stories: the JSON that inklecate writes, in versions 11 to 21.

The compiled form is a program: containers of instructions, an evaluation stack, and paths to jump
to. Nothing is computed: where text depends on values, the first variant is kept.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from corpus_scraper.formats.graph_builder import Format, build_graph
from corpus_scraper.formats.ink.interpreter import InkInterpreter
from corpus_scraper.formats.ink.program import parse_container
from corpus_scraper.formats.story_file import load
from corpus_scraper.formats.strict_json import list_at, object_at, parse
from corpus_scraper.graph import StoryGraph

_VERSION_KEY = re.compile(rb'"inkVersion"\s*:\s*\d')


def _recognises(path: Path, head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"{") and bool(_VERSION_KEY.search(head))


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    program = object_at(file, "a compiled ink story", parse(file))
    if program.get("root") is None:
        raise file.unreadable("there is no list called root, as compiled ink has one.")
    interpreter = InkInterpreter(parse_container(list_at(file, "root", program["root"])))
    yield build_graph(file, interpreter.run())


FORMAT = Format("ink-json", _recognises, _parse)
