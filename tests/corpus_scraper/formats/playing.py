"""Write story files for a test, and play the stories that are read from them."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent

from corpus_scraper.formats.graph_builder import Format
from corpus_scraper.graph import Choice, StoryGraph

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"
"""Real stories, which stand beside the checkout and are no part of it."""

WHY_SKIPPED = "needs the real stories in shared/corpus beside the checkout"


def written(folder: Path, files: dict[str, str]) -> Path:
    """Write files into `folder`; return the first one's path."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return folder / next(iter(files))


def stories(formats: Format | Sequence[Format], path: Path) -> list[StoryGraph]:
    """Return the stories that the first of `formats` which recognises the file reads in it."""
    each = (formats,) if isinstance(formats, Format) else formats
    head = path.read_bytes()[:65536] if path.is_file() else b""
    found = next(one for one in each if one.recognises(path, head))
    return list(found.read(path, path if path.is_dir() else path.parent))


def only(formats: Format | Sequence[Format], path: Path) -> StoryGraph:
    """Return the one story in the file."""
    (story,) = stories(formats, path)
    return story


def play(story: StoryGraph, *picks: str) -> str:
    """Return the text of the passages that the choices of `picks` lead through.

    A single choice without text is followed by itself; a pick `? x` takes the choice with the
    condition x.
    """
    return _played(story, picks)[0]


def menu(story: StoryGraph, *picks: str) -> list[str]:
    """Return the choices after `picks`: text, and a condition after ` ? `."""
    return [f"{way.text} ? {way.condition}".strip(" ?") for way in _played(story, picks)[1]]


def _played(story: StoryGraph, picks: Sequence[str]) -> tuple[str, list[Choice]]:
    known, ways = story.passages_by_id(), story.choices_by_passage()
    left, here, said = list(picks), story.start, list[str]()
    for _ in range(100):
        said.append(known[here].text)
        offered = ways[here]
        way = next((w for w in offered if left and left[0] in (w.text, f"? {w.condition}")), None)
        if way is not None:
            left.pop(0)
        elif len(offered) == 1 and not offered[0].text:
            (way,) = offered
        else:
            break
        here = way.target
        if here not in known:
            break
    assert not left, f"{left[0]!r} is not among {[(w.text, w.condition) for w in offered]}"
    return "\n\n".join(filter(None, said)), offered
