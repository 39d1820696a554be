"""The story sites, and which of them handles a URL."""

from corpus_scraper.sites import chooseyourstory, infinite_story, twine_page
from corpus_scraper.sites.blocklist import check_url
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
"""Every site by its name. The first that handles a URL is used, so the most specific come first."""


def find_site(url: str) -> Site:
    """Return the site that handles `url`. Raises PageRefused where none does."""
    check_url(url)
    for site in SITES.values():
        if site.handles(url):
            return site
    raise PageRefused("no site handles this address")
