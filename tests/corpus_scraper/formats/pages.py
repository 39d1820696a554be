"""Build published Twine pages from passages."""

import html

from corpus_scraper.formats.story_file import StoryFile
from corpus_scraper.formats.twine import html as twine_html
from corpus_scraper.graph import StoryGraph


def page(passages: dict[str, str], *, dialect: str = "Harlowe", **tags: str) -> str:
    """Return a page of Twine 2 with `passages`, the first being the start; `tags` by name."""
    data = "".join(
        f'<tw-passagedata pid="{pid}" name="{html.escape(name)}" '
        f'tags="{tags.get(name, "")}" position="1,1">{html.escape(text)}</tw-passagedata>'
        for pid, (name, text) in enumerate(passages.items(), 1)
    )
    head = '<title>Page</title><script>var x = "<tw-passagedata>";</script>'
    told = f'name="The Door &amp; I" startnode="1" format="{dialect}" ifid="X" hidden'
    style = '<style role="stylesheet">a {}</style>'
    return (
        f"<!DOCTYPE html><html><head>{head}</head><body>"
        f"<tw-storydata {told}>{style}{data}</tw-storydata></body></html>"
    )


def twine(passages: dict[str, str], *, dialect: str = "Harlowe", **tags: str) -> StoryGraph:
    """Return the graph of such a page."""
    file = StoryFile("page.html", page(passages, dialect=dialect, **tags), "00")
    (graph,) = twine_html.stories(file)
    return graph
