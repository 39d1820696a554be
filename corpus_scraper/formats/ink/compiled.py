"""Provides stories written in ink, from what its compiler makes of them: JSON.

The compiled form is a machine's program: containers of instructions, a stack for values, and paths
to jump to. It is walked as one, from every place that a jump may land. Reads versions 11 to 21.
Knows nothing of ink's arithmetic: of what depends on it the first wording is kept.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from corpus_scraper.formats.graph_builder import Format, ParsedStory, build_graph
from corpus_scraper.formats.ink.interpreter import InkInterpreter
from corpus_scraper.formats.ink.program import Container, parse_container
from corpus_scraper.formats.story_file import StoryFile, load
from corpus_scraper.graph import StoryGraph

_SIGN = re.compile(rb'"inkVersion"\s*:\s*\d')


def recognises(path: Path, head: bytes) -> bool:
    """Return whether this is a compiled ink story."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and bool(_SIGN.search(head))


def read(path: Path, root: Path) -> Iterator[StoryGraph]:
    """Yield the story of the compiled file at `path`. Raises Unreadable where it is damaged."""
    file = load(path, root)
    runner = InkInterpreter(_root(file))
    start, passages, choices = runner.run()
    found = ParsedStory("", start, passages, choices, notes=runner.flow.sentences())
    yield build_graph(file, found)


FORMAT = Format("ink-json", recognises, read)


def _root(file: StoryFile) -> Container:
    """Return the outermost container of the program."""
    try:
        value = json.loads(file.text)
        root = value.get("root") if isinstance(value, dict) else None
        if not isinstance(root, list):
            raise file.unreadable("there is no list called root, as compiled ink has one.")
        return parse_container(root)
    except json.JSONDecodeError as error:
        raise file.unreadable(f"this is not whole JSON ({error.msg}).", error.lineno) from error
    except RecursionError as error:
        raise file.unreadable("its lists are nested too deeply.") from error
    except ValueError as error:  # a number of more digits than Python reads
        raise file.unreadable("there is a number in it that no story has.") from error
