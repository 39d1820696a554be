"""The output of `grue stories scrape`: progress, waits, the plan of a dry run, and the result.

Text from sites is cleaned before it is printed.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TextIO

import click
import humanize

from corpus_scraper.cli.output import StatusLine
from corpus_scraper.graph import StoryGraph
from corpus_scraper.scraping.frontier import State
from corpus_scraper.scraping.scrape import PlannedStory, ScrapeProgress
from dungeon.text import clean_line
from dungeon.text.counts import count

MIN_REPORTED_WAIT = 5.0
"""Seconds; longer waits are reported."""

LOG_INTERVAL = 60.0
"""Seconds between two lines of progress where standard error is not a terminal."""


class ProgressLine(StatusLine):
    """Prints progress when called: always on a terminal, now and then in a log."""

    def __init__(
        self, stream: TextIO | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        """`stream` is standard error for None."""
        super().__init__(stream)
        self._now = now
        self._started = self._last_line = now()

    def __call__(self, progress: ScrapeProgress) -> None:
        """Print how far a scrape is."""
        now = self._now()
        if self.is_terminal:
            self.show(self._line(progress, now - self._started))
        elif now - self._last_line >= LOG_INTERVAL:
            self._last_line = now
            self.print(self._line(progress, now - self._started))

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`; a long wait is reported."""
        if seconds > MIN_REPORTED_WAIT:
            self.print(f"Waiting {humanize.naturaldelta(seconds)}, as the host asks.")
        time.sleep(seconds)

    def _line(self, progress: ScrapeProgress, seconds: float) -> str:
        rate = progress.fetched / seconds if seconds > 0 else 0.0
        left = humanize.naturaldelta(progress.pending / rate) if rate else ""
        host = clean_line(progress.request.origin.partition("://")[2])
        return (
            f"{host}: {progress.fetched} fetched, {progress.pending} pending, {rate:.1f} pages/s"
            + (f", at least {left} left" if left else "")
        )


@dataclass(slots=True)
class ScrapeResult:
    """The result of a scrape."""

    output: str
    pages_file: str
    fetched: int = 0
    """Pages of this run."""
    pending: int = 0
    """Requests that no run has made yet."""
    not_read: Sequence[tuple[State, str, int]] = ()
    """State, reason and number of pages."""
    stories: int = 0
    passages: int = 0
    choices: int = 0

    def counted(self, graphs: Iterable[StoryGraph]) -> Iterator[StoryGraph]:
        """Yield `graphs`, counting stories, passages and choices."""
        for graph in graphs:
            self.stories += 1
            self.passages += len(graph.passages)
            self.choices += len(graph.choices)
            yield graph

    def to_dict(self) -> dict[str, Any]:
        """Return the result as a JSON object."""
        rows = [{"state": s, "reason": clean_line(r), "pages": n} for s, r, n in self.not_read]
        return asdict(self) | {"not_read": rows}


def print_result(result: ScrapeResult) -> None:
    """Print a result to standard error."""
    click.echo(
        f"{count(result.stories, 'story', 'stories')} with "
        f"{count(result.passages, 'passage')} and {count(result.choices, 'choice')} "
        f"written to {clean_line(result.output)}. {count(result.fetched, 'page')} fetched.",
        err=True,
    )
    print_failures(result.not_read)
    postponed = sum(pages for state, _, pages in result.not_read if state == "postponed")
    if postponed + result.pending:
        click.echo(
            f"{count(postponed + result.pending, 'page')} still to be fetched. "
            "Run the same command again to continue.",
            err=True,
        )


def print_failures(not_read: Sequence[tuple[State, str, int]]) -> None:
    """Print to standard error why pages were not read, the most frequent reason first."""
    for state, reason, pages in not_read:
        label = "postponed" if state == "postponed" else "not read"
        click.echo(f"  {pages:>6}  {label}: {clean_line(reason)}", err=True)


def print_plan(stories: Sequence[PlannedStory]) -> None:
    """Print a plan: a line per story to standard output, a summary to standard error."""
    for story in stories:
        details = " · ".join(filter(None, (story.title, story.author, story.details)))
        fetched = f"{count(story.pages, 'page')} fetched" if story.pages else ""
        refused = f"NOT FETCHED: {story.refused}" if story.refused else ""
        parts = filter(None, (story.url, details, fetched, refused))
        click.echo("  ".join(map(clean_line, parts)))
    allowed = sum(not story.refused for story in stories)
    click.echo(f"{count(allowed, 'story', 'stories')} would be fetched.", err=True)
