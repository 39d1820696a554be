"""Run `grue stories scrape`: scrape stories from sites into a file, continuing where it stopped.

Results for scripts go to standard output, messages and progress to standard error.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import click

from corpus_scraper.cli.output import print_json, write_graphs
from corpus_scraper.cli.scrape_progress import (
    ProgressLine,
    ScrapeResult,
    print_failures,
    print_plan,
    print_result,
)
from corpus_scraper.scraping.assembly import assemble
from corpus_scraper.scraping.frontier import Frontier
from corpus_scraper.scraping.limits import StoryLimits
from corpus_scraper.scraping.page_cache import PageCache
from corpus_scraper.scraping.scrape import Scrape
from corpus_scraper.sites import SITES, find_site
from corpus_scraper.sites.blocklist import check_url
from corpus_scraper.sites.site import PageRequest, Site
from corpus_scraper.web.errors import HostUnknown, PageRefused
from corpus_scraper.web.fetcher import Fetcher
from corpus_scraper.web.polite_client import PoliteClient, UserAgent
from corpus_scraper.web.rate_limit import MIN_DELAY, RateLimiter
from corpus_scraper.web.url_validation import parse_url
from dungeon.errors import GrueError, InputRefused

_CONTACT = re.compile(r"(?:[^\s@()<>]+@[^\s@()<>]+|https?://[^\s()<>]+)")


def run_scrape(
    urls: tuple[str, ...],
    *,
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
    """Scrape, or write what was scraped before; the arguments are the options of the command.

    Raises GrueError.
    """
    result = ScrapeResult(str(output), str(pages or output.with_name(f"{output.stem}.pages.db")))
    file = Path(result.pages_file)
    if from_cache:
        _check_cache(file, dry_run=dry_run)
        with Frontier(file) as frontier:
            _write(frontier, result, limit, as_json=as_json)
        return
    agent = UserAgent("Grue", version("grue"), contact)
    _check_options(agent, delay, allow_localhost=allow_localhost)
    if not dry_run:
        _make_folder(file)
    with (
        Frontier(file, in_memory=dry_run) as frontier,
        Fetcher(str(agent), allow_localhost=allow_localhost) as fetcher,
        ProgressLine() as progress,
    ):
        _add_requests(frontier, urls, site)
        frontier.requeue(refused=retry)
        limiter = RateLimiter(sleep=progress.sleep, not_before=frontier.not_before())
        client = PoliteClient(fetcher, limiter, agent, delay)
        run = Scrape(frontier, client, limiter, SITES, StoryLimits(max_pages, max_depth))
        if dry_run:
            run.run(max_stories=limit, listings_only=True)
            plan = run.plan(limit)
            _check_hosts(
                [story.refused for story in plan] or [why for _, why, _ in frontier.failures()]
            )
            if as_json:
                print_json([asdict(story) for story in plan])
            else:
                print_plan(plan)
            print_failures(frontier.failures())
            return
        try:
            run.run(max_stories=limit, on_progress=progress)
        except KeyboardInterrupt:
            progress.print(
                f"Stopped. {run.fetched} pages were fetched, {frontier.pending_count(limit)} are "
                "pending. Run the same command again to continue, or with --from-cache to write "
                "the stories so far."
            )
            raise click.Abort from None
        progress.end()
        result.fetched = run.fetched
        _write(frontier, result, limit, as_json=as_json)


def _check_hosts(reasons: Sequence[str]) -> None:
    """Refuse a dry run of which no host has an address."""
    unknown = HostUnknown().reason
    if reasons and all(reason == unknown for reason in reasons):
        raise InputRefused(
            f"Nothing can be fetched: {unknown}. Check the URL and the network connection."
        )


def _check_cache(file: Path, *, dry_run: bool) -> None:
    if dry_run:
        raise InputRefused("--dry-run and --from-cache exclude each other. Use one of them.")
    if not file.is_file():
        raise InputRefused(
            f"There are no fetched pages at {file}. Scrape first, or name their file with --pages."
        )


def _check_options(agent: UserAgent, delay: float, *, allow_localhost: bool) -> None:
    if delay < MIN_DELAY and not allow_localhost:
        raise InputRefused(f"--delay is {delay:g} s. Use {MIN_DELAY:g} s or more.")
    contact = agent.contact
    if len(contact) > 200 or not contact.isascii() or not _CONTACT.fullmatch(contact):
        raise InputRefused(
            "Hosts must be able to write to whoever scrapes them. Give an e-mail address or the "
            "URL of a page with --contact or in GRUE_CONTACT."
        )


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputRefused(f"{file.parent} cannot be created: {error.strerror}.") from error


def _add_requests(frontier: Frontier, urls: Sequence[str], site_name: str | None) -> None:
    """Add the requests for `urls`; every URL is checked before any is added."""
    for request, site in [_start_request(url, site_name) for url in urls]:
        frontier.add(request, site.name)
    if frontier.is_empty():
        raise InputRefused("There is nothing to scrape. Give the URL of a story or a listing.")


def _start_request(url: str, site_name: str | None) -> tuple[PageRequest, Site]:
    try:
        address = parse_url(url).url
        check_url(address)
        site = SITES[site_name] if site_name else find_site(address)
        return site.start_request(address), site
    except PageRefused as error:
        raise InputRefused(f"{url} cannot be scraped: {error.reason}.") from error


def _write(frontier: Frontier, result: ScrapeResult, limit: int | None, *, as_json: bool) -> None:
    """Write the stories fetched so far, and print the result.

    Raises GrueError where there is none; a file of an earlier run is left alone then.
    """
    graphs = result.counted(assemble(frontier, PageCache(frontier, SITES), limit))
    written = write_graphs(Path(result.output), graphs)
    result.not_read = frontier.failures()
    result.pending = frontier.pending_count(limit)
    if not written:
        print_failures(result.not_read)
        raise GrueError(f"No story could be read. {result.output} was not written.")
    if as_json:
        print_json(result.to_dict())
    print_result(result)
