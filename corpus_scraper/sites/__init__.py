"""Provides the story sites, and which of them an address belongs to.

Adding a site is one module with a `SITE`, and one line in the table; docs/adding-a-site.md shows
how. Knows nothing of how pages are fetched, kept or joined to stories.
"""

from corpus_scraper.sites import chooseyourstory, infinite_story, twine_page
from corpus_scraper.sites.blocklist import check_address
from corpus_scraper.sites.site import Site
from corpus_scraper.web.errors import PageRefused

SITES: dict[str, Site] = {
    site.name: site
    for site in (
        chooseyourstory.SITE,
        infinite_story.SITE,
        twine_page.SITE,
    )
}
"""Every site by its name, the most particular first: the first that claims an address reads it."""


def site_for(url: str) -> Site:
    """Return the site that reads the page at `url`. Raises Refused where none may."""
    check_address(url)
    for site in SITES.values():
        if site.claims(url):
            return site
    raise PageRefused("the address is that of no page that a site could read")
