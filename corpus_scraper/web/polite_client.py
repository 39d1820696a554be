"""Provides Visitor: a page, fetched as its host wishes.

robots.txt first, then one request at a time, redirects by hand, Retry-After obeyed, and an error
page never taken for a page. Knows nothing of stories, and nothing of what was fetched before.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urldefrag, urljoin

from corpus_scraper.web.errors import HostBusy, PageError, PagePostponed, PageRefused
from corpus_scraper.web.fetcher import FetchedResponse, Fetcher, Form
from corpus_scraper.web.rate_limit import LEAST_DELAY, RateLimiter
from corpus_scraper.web.robots import Rules, rules_from
from corpus_scraper.web.url_validation import Endpoint, endpoint, is_this_machine

MAX_REDIRECTS = 5
MAX_TRIES = 3
"""How often a request is made before the page is left for another run."""

FIRST_PAUSE = 5.0
"""Seconds before the second try where the host does not say; the third waits twice as long."""

MAX_FAILURES = 3
"""Pages in a row that a host may fail before it is left alone on this run."""

LONGEST_DELAY = 300.0
"""Seconds between pages; a host that asks for more does not want to be read by a program."""

RULES_LAST = 86_400.0
"""Seconds until a robots.txt is read again."""

_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
_NO_AI = re.compile(r"\bnoai\b", re.IGNORECASE)
_LOG_IN = re.compile(r"/(?:log-?in|sign-?in|account|auth|register)(?:[./?#]|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UserAgent:
    """Who we say we are."""

    name: str
    """As robots.txt may address us: `Grue`."""
    version: str
    contact: str
    """An e-mail address or a page of whoever scrapes."""

    def __str__(self) -> str:
        return f"{self.name}/{self.version} (+{self.contact})"


class PoliteClient:
    """Fetches pages, at most one at a time."""

    def __init__(self, fetcher: Fetcher, pace: RateLimiter, agent: UserAgent, delay: float) -> None:
        """`delay` is in seconds between two requests to a host; hosts may ask for more."""
        self._fetcher = fetcher
        self._pace = pace
        self._agent = agent
        self._delay = delay
        self._rules: dict[str, tuple[Rules | PageError, float]] = {}
        self._failures: dict[str, int] = {}

    def visit(self, url: str, form: Form | None = None) -> FetchedResponse:
        """Return the page that a GET of `url`, or a POST of `form`, leads to.

        Raises Refused, Postponed or HostBusy; the last for its own host or one it leads to.
        """
        for _ in range(MAX_REDIRECTS + 1):
            place = endpoint(url)
            if not self.rules(place).allows(place.url):
                raise PageRefused("robots.txt forbids it")
            answer = self._ask(place, form)
            target = _redirect(answer)
            if target is None:
                return _page(answer)
            if _LOG_IN.search(target):
                raise PageRefused("a log-in is asked for")
            form = _form_after(answer, place, target, form)
            url = target
        raise PageRefused("it redirects without end")

    def rules(self, place: Endpoint) -> Rules:
        """Return what the robots.txt of the host of `place` says, read once a day.

        Raises Refused or HostBusy where it cannot be had: then nothing is fetched.
        """
        known = self._rules.get(place.origin)
        if known is None or self._pace.clock.now() - known[1] > RULES_LAST:
            known = self._rules_now(place), self._pace.clock.now()
            self._rules[place.origin] = known
            self._rest(place)
        if isinstance(known[0], PageError):
            raise known[0]
        return known[0]

    def _rules_now(self, place: Endpoint) -> Rules | PageError:
        try:
            rules = rules_from(self._robots(place), self._agent.name)
        except (PageRefused, HostBusy) as error:
            return error
        except PagePostponed as error:
            return HostBusy(f"robots.txt cannot be had ({error.reason})")
        if rules.delay > LONGEST_DELAY:
            return HostBusy(f"the host asks for {rules.delay:g} s between two pages")
        return rules

    def _robots(self, place: Endpoint) -> FetchedResponse:
        url = f"{place.origin}/robots.txt"
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._ask(endpoint(url), None)
            target = _redirect(answer)
            if target is None:
                return answer
            url = target
        raise HostBusy("robots.txt cannot be had (it redirects without end)")

    def _ask(self, place: Endpoint, form: Form | None) -> FetchedResponse:
        """Return the answer to one request, made again where the host only stumbles."""
        reason = ""
        for number in range(MAX_TRIES):
            self._pace.wait(place.origin)
            try:
                answer = self._fetcher.ask(place.url, form)
            except PagePostponed as error:
                reason = error.reason
                self._rest(place, FIRST_PAUSE * 2**number)
                continue
            finally:
                self._rest(place)
            self._rest(place, _retry_after(answer.headers, self._pace.clock.now()))
            if answer.status not in _TRANSIENT:
                self._failures[place.origin] = 0
                return answer
            reason = f"the host answers {answer.status}"
            if "retry-after" not in answer.headers:
                self._rest(place, FIRST_PAUSE * 2**number)
        raise self._failed(place, reason)

    def _rest(self, place: Endpoint, seconds: float = 0) -> None:
        """Leave the host alone for `seconds`, and never for less than it asks or we promise."""
        known = self._rules.get(place.origin)
        asked = known[0].delay if known and isinstance(known[0], Rules) else 0
        least = 0 if is_this_machine(place.host) else LEAST_DELAY
        self._pace.hold(place.origin, max(seconds, self._delay, asked, least))

    def _failed(self, place: Endpoint, reason: str) -> PagePostponed:
        failures = self._failures.get(place.origin, 0) + 1
        self._failures[place.origin] = failures
        return HostBusy(reason) if failures >= MAX_FAILURES else PagePostponed(reason)


def _redirect(answer: FetchedResponse) -> str | None:
    """Return where an answer leads, or None where it is the page itself."""
    location = answer.headers.get("location", "")
    if answer.status not in (301, 302, 303, 307, 308) or not location:
        return None
    try:
        return urldefrag(urljoin(answer.url, location)).url
    except ValueError as error:
        raise PageRefused("the address cannot be understood") from error


def _form_after(
    answer: FetchedResponse, place: Endpoint, target: str, form: Form | None
) -> Form | None:
    """Return the form to send on: what was typed for one host is never sent to another."""
    if form is None or answer.status not in (307, 308):
        return None
    if endpoint(target).origin != place.origin:
        raise PageRefused("it hands a form on to another host")
    return form


def _page(answer: FetchedResponse) -> FetchedResponse:
    """Return `answer` where it is a page. An error page is none."""
    match answer.status:
        case 200:
            return _typed(answer)
        case 401 | 407:
            raise PageRefused("a log-in is asked for")
        case 404 | 410:
            raise PageRefused("there is no such page")
        case status:
            raise PageRefused(f"the host answers {status}")


def _typed(answer: FetchedResponse) -> FetchedResponse:
    if answer.headers.get("tdm-reservation", "").strip() == "1" or _NO_AI.search(
        answer.headers.get("x-robots-tag", "")
    ):
        raise PageRefused("the host says that nothing is to be learned from it")
    kind = answer.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
    if kind not in ("text/html", "application/xhtml+xml", "text/plain", ""):
        raise PageRefused("it is not a page of text")
    return answer


def _retry_after(headers: Mapping[str, str], now: float) -> float:
    """Return for how many seconds a host wants to be left alone; 0 where it does not say."""
    said = headers.get("retry-after", "").strip()
    if said.isdecimal() and len(said) < 10:
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - now)
    except (ValueError, OverflowError):
        return 0.0
