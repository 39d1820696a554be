"""`grue stories scrape`: its options. What it needs of the `corpus` extra is imported when it runs:
help needs none.
"""

import os
from pathlib import Path
from typing import Any

import click

from corpus_scraper.scraping.limits import StoryLimits
from corpus_scraper.web.rate_limit import MIN_DELAY
from dungeon.cli.output_option import output_option

_POSITIVE = click.IntRange(min=1)
_FILE = click.Path(dir_okay=False, path_type=Path)
_DEFAULT = StoryLimits()


def _known_site(context: click.Context, option: click.Parameter, name: str | None) -> str | None:
    """Return the name of a site, or refuse it; the sites are imported only to check one."""
    if name is None:
        return None
    from corpus_scraper.sites import SITES

    return click.Choice(list(SITES)).convert(name, option, context)


@click.command()
@click.argument("urls", metavar="[URL]...", nargs=-1)
@output_option(
    required=True, type=_FILE, help="File to write the stories to, one JSON document per line."
)
@click.option("--limit", type=_POSITIVE, metavar="N", help="Scrape at most N stories.")
@click.option("--delay", type=click.FloatRange(min=0), default=MIN_DELAY, show_default=True,
              metavar="SECONDS", help="Seconds between two requests to a host, at least 1; hosts "
              "may ask for more.")  # fmt: skip
@click.option("--contact", default=lambda: os.environ.get("GRUE_CONTACT", ""),
              help="Your e-mail address or web page, sent to every host as part of the "
              "User-Agent (default: $GRUE_CONTACT).")  # fmt: skip
@click.option("--dry-run", is_flag=True,
              help="List the stories that would be scraped; write nothing.")  # fmt: skip
@click.option("--from-cache", is_flag=True,
              help="Fetch nothing: write the stories from the pages fetched so far.")  # fmt: skip
@click.option("--retry", is_flag=True, help="Request refused pages again.")
@click.option("--pages", type=_FILE,
              help="File of fetched pages (default: OUTPUT, ending in .pages.db).")  # fmt: skip
@click.option("--site", metavar="NAME", callback=_known_site,
              help="Parse every URL as a page of this site: chooseyourstory, infinite-story or "
              "twine-page (default: chosen by URL).")  # fmt: skip
@click.option("--max-pages", type=_POSITIVE, default=_DEFAULT.pages, show_default=True,
              help="Maximum pages of one story.")  # fmt: skip
@click.option("--max-depth", type=_POSITIVE, default=_DEFAULT.depth, show_default=True,
              help="Maximum number of choices from a story's first page.")  # fmt: skip
@click.option("--allow-localhost", is_flag=True,
              help="Also fetch from this machine, without a minimum delay: for tests.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def scrape(**options: Any) -> None:
    """Scrape the story at each URL, or the stories of a listing, following every choice.

    URL is a story or a listing of chooseyourstory.com, a story of infinite-story.com, or any page
    that is a published Twine story.

    Every page is stored in a file next to the output. The same command continues where it stopped;
    the URLs can then be left out. Hosts are sent one request at a time, as robots.txt allows.
    """
    from corpus_scraper.cli.scrape_run import run_scrape

    run_scrape(**options)
