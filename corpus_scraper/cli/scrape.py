"""Provides `grue stories scrape`: stories from sites to a file, politely, and on where it stopped.

What a script reads goes to standard output, messages and progress go to standard error. Knows
nothing of how pages are fetched, kept or joined.
"""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import click

from corpus_scraper.cli.scrape_progress import (
    Counts,
    ReportingClock,
    ScrapeProgress,
    ScrapeResult,
    say,
    say_reasons,
    tell_plan,
)
from corpus_scraper.graph import write_stories
from corpus_scraper.scraping.assembly import stories
from corpus_scraper.scraping.dry_run import PlannedStory, plan
from corpus_scraper.scraping.frontier import Found, Frontier
from corpus_scraper.scraping.page_cache import PageCache
from corpus_scraper.scraping.scrape import Scrape, StoryCaps, beginning
from corpus_scraper.sites import SITES, site_for
from corpus_scraper.sites.blocklist import check_address
from corpus_scraper.sites.site import Site
from corpus_scraper.web.errors import PageRefused
from corpus_scraper.web.fetcher import Fetcher
from corpus_scraper.web.polite_client import PoliteClient, UserAgent
from corpus_scraper.web.rate_limit import LEAST_DELAY, RateLimiter
from dungeon.errors import GrueError, InputRefused

_CONTACT = re.compile(r"(?:[^\s@()<>]+@[^\s@()<>]+|https?://[^\s()<>]+)")
_POSITIVE = click.IntRange(min=1)
_DEFAULT = StoryCaps()


@click.command()
@click.argument("urls", metavar="URL...", nargs=-1)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file the stories go to, one JSON document a line.",
)
@click.option("--limit", type=_POSITIVE, help="Take no more than so many stories.")
@click.option(
    "--delay",
    type=click.FloatRange(min=0),
    default=LEAST_DELAY,
    show_default=True,
    help="Seconds between two requests; a host may ask for more.",
)
@click.option(
    "--contact",
    default=lambda: os.environ.get("GRUE_CONTACT", ""),
    help="Your e-mail address or page, which hosts are told. GRUE_CONTACT says it as well.",
)
@click.option("--dry-run", is_flag=True, help="Tell what would be fetched; write nothing.")
@click.option("--from-cache", is_flag=True, help="Ask no host: read the fetched pages again.")
@click.option("--retry", is_flag=True, help="Ask again for what was refused.")
@click.option(
    "--pages",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file of fetched pages. Beside the output unless given.",
)
@click.option("--site", type=click.Choice(list(SITES)), help="Read every URL as this site's.")
@click.option(
    "--max-pages", type=_POSITIVE, default=_DEFAULT.pages, show_default=True, help="Of one story."
)
@click.option(
    "--max-depth",
    type=_POSITIVE,
    default=_DEFAULT.depth,
    show_default=True,
    help="Choices from a story's first page.",
)
@click.option("--allow-localhost", is_flag=True, help="Fetch from this machine, too: for tests.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def scrape(
    urls: tuple[str, ...],
    output: Path,
    limit: int | None,
    delay: float,
    contact: str,
    dry_run: bool,
    from_cache: bool,
    retry: bool,
    pages: Path | None,
    site: str | None,
    max_pages: int,
    max_depth: int,
    allow_localhost: bool,
    as_json: bool,
) -> None:
    """Fetch the stories at URL, or those a list at URL names, with every choice followed.

    URL is a story or a list of chooseyourstory.com, a story of infinite-story.com, or any page that
    is a published Twine story.

    Every page is kept in a file beside the output, so the same command goes on where it stopped,
    whatever stopped it. Hosts are asked as they wish: robots.txt, one request at a time.
    """
    file = pages or output.with_name(f"{output.stem}.pages.db")
    if from_cache:
        _check_cache(file, dry_run=dry_run)
        with Frontier(file) as frontier:
            _write(frontier, _Files(output, file), limit, as_json=as_json)
        return
    _check_pace(delay, allow_localhost=allow_localhost)
    agent = UserAgent("Grue", version("grue"), _checked(contact))
    if not dry_run:
        _make_folder(file)
    with (
        Frontier(file, trial=dry_run) as frontier,
        Fetcher(str(agent), allow_localhost=allow_localhost) as fetcher,
        ScrapeProgress() as progress,
    ):
        _plant(frontier, urls, site)
        frontier.begin(refused_too=retry)
        pace = RateLimiter(ReportingClock(progress.say), frontier.not_before())
        visitor = PoliteClient(fetcher, pace, agent, delay)
        run = Scrape(frontier, visitor, pace, SITES, StoryCaps(max_pages, max_depth))
        if dry_run:
            run.run(stories=limit, lists_only=True)
            _tell(plan(frontier, visitor, SITES, limit), frontier, as_json=as_json)
            return
        try:
            run.run(stories=limit, watch=progress)
        except KeyboardInterrupt:
            progress.say(_how_to_go_on(run, frontier, limit))
            raise click.Abort from None
        progress.end_line()
        _write(frontier, _Files(output, file), limit, as_json=as_json, fetched=run.fetched)


@dataclass(frozen=True, slots=True)
class _Files:
    output: Path
    pages: Path


def _check_cache(file: Path, *, dry_run: bool) -> None:
    if dry_run:
        raise InputRefused("--dry-run and --from-cache cannot be asked for together.")
    if not file.is_file():
        raise InputRefused(
            f"There are no fetched pages at {file}. Scrape first, or name their file with --pages."
        )


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputRefused(f"{file.parent} cannot be a folder: {error.strerror}.") from error


def _check_pace(delay: float, *, allow_localhost: bool) -> None:
    if delay < LEAST_DELAY and not allow_localhost:
        raise InputRefused(
            f"--delay is at least {LEAST_DELAY:g} s: no host on the internet is asked faster."
        )


def _checked(contact: str) -> str:
    if len(contact) > 200 or not contact.isascii() or not _CONTACT.fullmatch(contact):
        raise InputRefused(
            "Say who scrapes with --contact (or GRUE_CONTACT): an e-mail address or the address of "
            "a page. Hosts are told it, so that they can write to you."
        )
    return contact


def _plant(frontier: Frontier, urls: Sequence[str], site_name: str | None) -> None:
    """Add what is asked for; every address is checked before any is added."""
    asked = [_asked(url, site_name) for url in urls]
    for site, found in asked:
        frontier.plant(found, site.name)
    if not asked and not frontier.asked_for():
        raise InputRefused("Name a story or a list of stories by its address.")


def _asked(url: str, site_name: str | None) -> tuple[Site, Found]:
    try:
        check_address(url)
        site = SITES[site_name] if site_name else site_for(url)
        return site, beginning(site, url)
    except (PageRefused, ValueError) as error:
        why = error.reason if isinstance(error, PageRefused) else "the address cannot be understood"
        raise InputRefused(f"{url} is not scraped: {why}.") from error


def _tell(stories: list[PlannedStory], frontier: Frontier, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([asdict(each) for each in stories], indent=2, ensure_ascii=False))
    else:
        tell_plan(stories)
    say_reasons(frontier.reasons())


def _how_to_go_on(run: Scrape, frontier: Frontier, limit: int | None) -> str:
    return (
        f"Stopped. {run.fetched} pages of this run are kept, {frontier.waiting(limit)} wait. "
        "The same command goes on; with --from-cache it writes what is there."
    )


def _write(
    frontier: Frontier, files: _Files, limit: int | None, *, as_json: bool, fetched: int = 0
) -> None:
    """Write the stories that are there, and say what came of the scrape.

    Raises GrueError where there is none; a file of an earlier run is left alone then.
    """
    counts = Counts()
    graphs = counts.counted(stories(frontier, PageCache(frontier, SITES), limit))
    first = next(graphs, None)
    reasons = frontier.reasons()
    if first is None:
        say_reasons(reasons)
        raise GrueError(f"No story could be read, and {files.output} was not written.")
    try:
        write_stories(files.output, chain([first], graphs))
    except OSError as error:
        raise GrueError(f"{files.output} cannot be written: {error.strerror}.") from error
    result = ScrapeResult(
        str(files.output),
        str(files.pages),
        counts.stories,
        counts.passages,
        counts.choices,
        fetched,
        frontier.waiting(limit),
        tuple(reasons),
    )
    if as_json:
        click.echo(json.dumps(result.document(), indent=2, ensure_ascii=False))
    say(result)
