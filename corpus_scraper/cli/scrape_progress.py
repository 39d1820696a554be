"""Provides what a scrape says: how far it is, why it waits, what came of it.

Everything from outside is shown clean. Knows nothing of how pages are fetched.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Any, Self, TextIO

import click

from corpus_scraper.graph import StoryGraph
from corpus_scraper.scraping.dry_run import PlannedStory
from corpus_scraper.scraping.frontier import State
from corpus_scraper.scraping.scrape import Moment
from corpus_scraper.web.rate_limit import WallClock
from dungeon.text import clean_line

LONG_WAIT = 5.0
"""Seconds; whoever waits longer is told why."""

QUIET = 30.0
"""Seconds between two lines of progress where standard error is no terminal."""


class ScrapeProgress:
    """Called after every step; a context manager that ends its line."""

    def __init__(
        self, stream: TextIO | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        """`stream` is standard error for None."""
        self._stream = stream or sys.stderr
        self._lively = self._stream.isatty()
        self._now = now
        self._began = self._said = now()
        self._shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end_line()

    def say(self, sentence: str) -> None:
        """Show a sentence on a line of its own."""
        self.end_line()
        self._stream.write(f"{sentence}\n")
        self._stream.flush()

    def end_line(self) -> None:
        """Leave what was shown last on the screen."""
        if self._lively and self._shown:
            self._stream.write("\n")
            self._stream.flush()
        self._shown = ""

    def __call__(self, moment: Moment) -> None:
        """Show how far a scrape is."""
        now = self._now()
        if not self._lively and now - self._said < QUIET:
            return
        self._said = now
        line = self._line(moment, now - self._began)
        self._stream.write(f"\r{line:<{len(self._shown)}}" if self._lively else f"{line}\n")
        self._stream.flush()
        self._shown = line

    def _line(self, moment: Moment, seconds: float) -> str:
        rate = moment.fetched / seconds if seconds > 0 else 0.0
        left = f", at least {duration(moment.waiting / rate)} left" if rate else ""
        host = clean_line(moment.task.origin.partition("://")[2])
        return (
            f"{host}: {moment.fetched} pages, {moment.waiting} waiting, {rate:.1f} a second{left}"
        )


class ReportingClock(WallClock):
    """The real clock, which says so when it is to sleep for long."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def sleep(self, seconds: float) -> None:
        """Return after `seconds`."""
        if seconds > LONG_WAIT:
            self._say(f"Waiting {duration(seconds)}, as the host asks.")
        super().sleep(seconds)


def duration(seconds: float) -> str:
    """Return a length of time as one says it."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes / 60:.1f} h"


@dataclass(slots=True)
class Counts:
    """What stories hold, counted while they are written."""

    stories: int = 0
    passages: int = 0
    choices: int = 0

    def counted(self, graphs: Iterable[StoryGraph]) -> Iterator[StoryGraph]:
        """Yield `graphs`, each counted."""
        for graph in graphs:
            self.stories += 1
            self.passages += len(graph.passages)
            self.choices += len(graph.choices)
            yield graph


@dataclass(frozen=True, slots=True)
class ScrapeResult:
    """What came of a scrape."""

    output: str
    pages_file: str
    stories: int
    passages: int
    choices: int
    fetched: int
    """Pages of this run."""
    waiting: int
    """Steps that no run has taken yet."""
    not_read: tuple[tuple[State, str, int], ...]
    """State, reason, and how many pages."""

    def document(self) -> dict[str, Any]:
        """Return it for JSON."""
        rows = [{"state": s, "reason": clean_line(r), "pages": n} for s, r, n in self.not_read]
        return asdict(self) | {"not_read": rows}


def say(result: ScrapeResult) -> None:
    """Write what came of a scrape to standard error."""
    click.echo(
        f"{_count(result.stories, 'story', 'stories')} with "
        f"{_count(result.passages, 'passage')} and {_count(result.choices, 'choice')} "
        f"in {clean_line(result.output)}. {_count(result.fetched, 'page')} fetched.",
        err=True,
    )
    say_reasons(result.not_read)
    later = sum(pages for state, _, pages in result.not_read if state == "postponed")
    if later + result.waiting:
        click.echo(
            f"{_count(later + result.waiting, 'page')} left for later: the same command goes on.",
            err=True,
        )


def say_reasons(not_read: Sequence[tuple[State, str, int]]) -> None:
    """Write why pages were not read to standard error, the most frequent reason first."""
    for state, reason, pages in not_read:
        for_now = ", for now" if state == "postponed" else ""
        click.echo(f"  {pages:>6}  not read{for_now}: {clean_line(reason)}", err=True)


def tell_plan(stories: Sequence[PlannedStory]) -> None:
    """Write a plan: a line a story to standard output, what it takes to standard error."""
    for each in stories:
        told = " · ".join(filter(None, (each.title, each.author, each.details)))
        here = f"{_count(each.pages, 'page')} fetched" if each.pages else ""
        refused = f"NOT FETCHED: {each.refused}" if each.refused else ""
        parts = filter(None, (each.url, told, here, refused))
        click.echo("  ".join(map(clean_line, parts)))
    allowed = sum(not each.refused for each in stories)
    click.echo(f"{_count(allowed, 'story', 'stories')} would be fetched.", err=True)


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
