"""An HTTP client that obeys robots.txt, crawl delays and Retry-After.

One request at a time; every redirect is checked like a new request; error responses are retried or
refused, never returned as pages.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urldefrag, urljoin

from corpus_scraper.web.errors import HostBusy, HostUnknown, PageError, PagePostponed, PageRefused
from corpus_scraper.web.fetcher import Fetcher, Form, Response
from corpus_scraper.web.rate_limit import MIN_DELAY, RateLimiter
from corpus_scraper.web.robots import RobotsRules, parse_robots
from corpus_scraper.web.url_validation import Endpoint, is_loopback_host, parse_url

MAX_REDIRECTS = 5
MAX_ATTEMPTS = 3
"""Attempts at one request before the page is postponed."""

BACKOFF = 5.0
"""Seconds before the second attempt where the host names none; twice as long before the third."""

MAX_FAILURES = 3
"""Failed pages in a row after which a host is sent nothing more on this run."""

MAX_CRAWL_DELAY = 300.0
"""Seconds between pages; a host that asks for more does not want to be read by a program."""

ROBOTS_MAX_AGE = 86_400.0
"""Seconds until robots.txt is fetched again."""

_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
_NO_AI = re.compile(r"\bnoai\b", re.IGNORECASE)
_LOG_IN = re.compile(r"/(?:log-?in|sign-?in|account|auth|register)(?:[./?#]|$)", re.IGNORECASE)
_NO_LOG_IN = "the page requires a log-in"


@dataclass(frozen=True, slots=True)
class UserAgent:
    """How the scraper identifies itself."""

    name: str
    """The name that robots.txt may address: `Grue`."""
    version: str
    contact: str
    """An e-mail address or a page of the person who scrapes."""

    def __str__(self) -> str:
        return f"{self.name}/{self.version} (+{self.contact})"


class PoliteClient:
    """Fetches pages, one at a time."""

    def __init__(
        self, fetcher: Fetcher, rate_limiter: RateLimiter, agent: UserAgent, delay: float
    ) -> None:
        """`delay` is in seconds between two requests to a host; hosts may ask for more."""
        self._fetcher = fetcher
        self._limiter = rate_limiter
        self._agent = agent
        self._delay = delay
        self._robots: dict[str, tuple[RobotsRules | PageError, float]] = {}
        self._failures: dict[str, int] = {}

    def fetch(self, url: str, form: Form | None = None) -> Response:
        """Return the page that a GET of `url`, or a POST of `form`, leads to.

        Raises PageRefused, PagePostponed, or HostBusy for the host itself or one it redirects to.
        """
        for _ in range(MAX_REDIRECTS + 1):
            endpoint = parse_url(url)
            if not self.robots(endpoint).allows(endpoint.url):
                raise PageRefused("disallowed by robots.txt")
            response = self._send(endpoint, form)
            target = _redirect_target(response)
            if target is None:
                return _check_page(response)
            if _LOG_IN.search(target):
                raise PageRefused(_NO_LOG_IN)
            form = _redirected_form(response, endpoint, target, form)
            url = target
        raise PageRefused("too many redirects")

    def robots(self, endpoint: Endpoint) -> RobotsRules:
        """Return the robots.txt rules of the host of `endpoint`, fetched once a day.

        Raises PageRefused or HostBusy where they are unavailable: then nothing is fetched.
        """
        cached = self._robots.get(endpoint.origin)
        if cached is None or self._limiter.now() - cached[1] > ROBOTS_MAX_AGE:
            cached = self._fetch_robots(endpoint), self._limiter.now()
            self._robots[endpoint.origin] = cached
            self._hold(endpoint)
        if isinstance(cached[0], PageError):
            raise cached[0]
        return cached[0]

    def _fetch_robots(self, endpoint: Endpoint) -> RobotsRules | PageError:
        try:
            rules = parse_robots(self._robots_response(endpoint), self._agent.name)
        except (PageRefused, HostBusy) as error:
            return error
        except PagePostponed as error:
            return HostBusy(f"robots.txt is unavailable ({error.reason})")
        if rules.crawl_delay > MAX_CRAWL_DELAY:
            return HostBusy(f"the host asks for {rules.crawl_delay:g} s between two pages")
        return rules

    def _robots_response(self, endpoint: Endpoint) -> Response:
        url = f"{endpoint.origin}/robots.txt"
        for _ in range(MAX_REDIRECTS + 1):
            response = self._send(parse_url(url), None)
            target = _redirect_target(response)
            if target is None:
                return response
            url = target
        raise HostBusy("robots.txt is unavailable (too many redirects)")

    def _send(self, endpoint: Endpoint, form: Form | None) -> Response:
        """Return the response to one request, retried after transient failures."""
        reason = ""
        for attempt in range(MAX_ATTEMPTS):
            self._limiter.wait(endpoint.origin)
            try:
                response = self._fetcher.fetch(endpoint.url, form)
            except HostUnknown:
                raise
            except PagePostponed as error:
                reason = error.reason
                self._hold(endpoint, BACKOFF * 2**attempt)
                continue
            finally:
                self._hold(endpoint)
            self._hold(endpoint, _retry_after(response.headers, self._limiter.now()))
            if response.status not in _TRANSIENT:
                self._failures[endpoint.origin] = 0
                return response
            reason = f"the host answers with HTTP {response.status}"
            if "retry-after" not in response.headers:
                self._hold(endpoint, BACKOFF * 2**attempt)
        failures = self._failures[endpoint.origin] = self._failures.get(endpoint.origin, 0) + 1
        raise HostBusy(reason) if failures >= MAX_FAILURES else PagePostponed(reason)

    def _hold(self, endpoint: Endpoint, seconds: float = 0) -> None:
        """Send the host nothing for `seconds`, and never for less than its crawl delay and ours."""
        cached = self._robots.get(endpoint.origin)
        crawl_delay = cached[0].crawl_delay if cached and isinstance(cached[0], RobotsRules) else 0
        min_delay = 0 if is_loopback_host(endpoint.host) else MIN_DELAY
        self._limiter.hold(endpoint.origin, max(seconds, self._delay, crawl_delay, min_delay))


def _redirect_target(response: Response) -> str | None:
    """Return the URL a response redirects to, or None where it is no redirect."""
    location = response.headers.get("location", "")
    if response.status not in (301, 302, 303, 307, 308) or not location:
        return None
    try:
        return urldefrag(urljoin(response.url, location)).url
    except ValueError as error:
        raise PageRefused("the address is malformed") from error


def _redirected_form(
    response: Response, endpoint: Endpoint, target: str, form: Form | None
) -> Form | None:
    """Return the form to send on; a form for one host is never sent to another."""
    if form is None or response.status not in (307, 308):
        return None
    if parse_url(target).origin != endpoint.origin:
        raise PageRefused("a form is redirected to another host")
    return form


def _check_page(response: Response) -> Response:
    """Return `response` if it is a page of text that may be used."""
    match response.status:
        case 200:
            pass
        case 401 | 407:
            raise PageRefused(_NO_LOG_IN)
        case 404 | 410:
            raise PageRefused("the page does not exist")
        case status:
            raise PageRefused(f"the host answers with HTTP {status}")
    robots_tag = response.headers.get("x-robots-tag", "")
    if response.headers.get("tdm-reservation", "").strip() == "1" or _NO_AI.search(robots_tag):
        raise PageRefused("the host opts out of text and data mining")
    media_type = response.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
    if media_type not in ("text/html", "application/xhtml+xml", "text/plain", ""):
        raise PageRefused("it is not an HTML or text page")
    return response


def _retry_after(headers: Mapping[str, str], now: float) -> float:
    """Return the seconds of a Retry-After header; 0 where there is none that can be parsed."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal() and len(value) < 10:
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError):
        return 0.0
