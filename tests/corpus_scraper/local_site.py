"""A server on loopback that behaves like chooseyourstory.com.

Its viewer keeps no session: a choice POSTs the whole form, and a form whose hidden fields do not
match gets an error response, as in ASP.NET.
"""

import base64
import hashlib
import html
import itertools
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlsplit

from tests.corpus_scraper.local_story import Link, LocalPage, LocalStory

Form = dict[str, str]
Answer = tuple[int, dict[str, str], bytes]
Behaviour = Callable[["Request"], Answer | None]
"""Returns an answer instead of the site's, or None for the site's own."""

_GENRES = ("Fantasy_Adventure", "Horror")


class Request:
    """A request in the site's log."""

    def __init__(self, method: str, target: str, form: Form, agent: str) -> None:
        self.method = method
        self.path = urlsplit(target).path
        self.target = target
        self.form = form
        self.agent = agent

    @property
    def move(self) -> tuple[str, str]:
        """The state a choice is made in, and its link."""
        state = base64.b64decode(self.form["SS"]).decode().partition(",")[2]
        page, _, _, items, variables = state.split("|")
        return f"{page} {items} {variables}", self.form["pbValue"]


class LocalSite:
    """The site, served in a `with` block."""

    def __init__(
        self, *stories: LocalStory, robots: str = "", behaviour: Behaviour | None = None
    ) -> None:
        self.stories = {story.number: story for story in stories}
        self.robots: Answer = (200, {"Content-Type": "text/plain"}, robots.encode())
        self.behaviour = behaviour
        self.log: list[Request] = []
        self._visits = itertools.count()
        self._listener = _Listener(("127.0.0.1", 0), _Exchange)
        self._listener.site = self
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.02,))

    def url(self, target: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self._listener.server_address[1]}{target}"

    def page_requests(self, method: str = "") -> list[Request]:
        """Return the requests for pages, without those for robots.txt."""
        pages = (each for each in self.log if each.path != "/robots.txt")
        return [each for each in pages if method in ("", each.method)]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown()
        self._thread.join()
        self._listener.server_close()

    # Answers -------------------------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        """Return the answer to a request."""
        self.log.append(request)
        if self.behaviour and (answer := self.behaviour(request)):
            return answer
        if request.path == "/robots.txt":
            return self.robots
        if request.path.lower().startswith("/stories/"):
            return _page(self._list(request.path))
        for story in self.stories.values():
            if request.path == story.address:
                return _page(_about(story))
        if request.path == "/story/viewer/default.aspx":
            return self._viewed(request)
        return 404, {}, b"<title>404</title>"

    def _list(self, path: str) -> str:
        if path.lower() == "/stories/":
            boxes = "".join(f'<a href="/Stories/{genre}.aspx">{genre}</a>' for genre in _GENRES)
            return f"<title>Stories</title>{boxes}"
        rows = "".join(_row(n, story) for n, story in enumerate(self.stories.values()))
        return (
            '<table id="MainContentPlaceHolder_StoriesGridView"><tr><th>Title</th></tr>'
            f"{rows}</table>"
        )

    def _viewed(self, request: Request) -> Answer:
        story = self.stories[int(parse_qs(urlsplit(request.target).query)["StoryId"][0])]
        if request.method == "GET":
            return _page(self._scene(story, story.start, [], {}))
        if request.form["__VIEWSTATE"] != _seal(request.form["SS"]):
            return 500, {}, b"<title>Validation of viewstate MAC failed.</title>"
        hidden = base64.b64decode(request.form["SS"]).decode().partition(",")[2]
        page, history, _, _, variables = hidden.split("|")
        state = dict(pair.split("=") for pair in variables.split(";") if pair)
        if request.form["pbAction"] == "UseItem":
            return _page(self._scene(story, page, history.split(), state))
        found = [each for each in story.pages[page].links if each.id == request.form["pbValue"]]
        if found[0].to == "rate":
            return _page(_rating(story))
        if found[0].to not in story.pages:
            return _page("<title>Link Resultset not loaded</title><p>Oops.</p>")
        if found[0].sets:
            state |= [found[0].sets.split("=")]
        return _page(self._scene(story, found[0].to, [*history.split(), page], state))

    def _scene(self, story: LocalStory, page: str, history: list[str], state: Form) -> str:
        shown = story.pages[page]
        visit = f"{next(self._visits):08x}-0000"
        variables = ";".join(f"{name}={value}" for name, value in sorted(state.items()))
        hidden = f"{visit},{page}|{' '.join(history)}|{len(history)}||{variables}"
        offered = [link for link in shown.links if not link.needs or link.needs in state]
        return _viewer(story, shown, base64.b64encode(hidden.encode()).decode(), offered)


def _page(body: str) -> Answer:
    return 200, {"Content-Type": "text/html; charset=utf-8"}, body.encode()


def _seal(hidden: str) -> str:
    return hashlib.sha256(hidden.encode()).hexdigest()


def _row(number: int, story: LocalStory) -> str:
    return (
        f'<tr><td><a id="MainContentPlaceHolder_StoriesGridView_HyperLink1_{number}" '
        f'href="{story.address}">{html.escape(story.title)}</a></td>'
        f"<td>{story.author}</td>"
        '<td><img alt="4 - a lunch break"></td><td><img alt="6 - a stroll"></td><td>5.1</td></tr>'
    )


def _about(story: LocalStory) -> str:
    go = f"window.location='/story/viewer/?{story.number}';return false;"
    return (
        f"<title>{html.escape(story.title)}</title><h1>{html.escape(story.title)}</h1>"
        f'<a href="/member/?Username=writer">{story.author}</a>'
        f'<input type="submit" value="Play" onclick="{html.escape(go)}">'
    )


def _rating(story: LocalStory) -> str:
    return (
        f'<form action="rate.aspx?StoryId={story.number}"><div></div><div></div>'
        f"<div><h1>Rate {html.escape(story.title)}</h1></div></form>"
    )


def _viewer(story: LocalStory, page: LocalPage, hidden: str, offered: Iterable[Link]) -> str:
    paragraphs = "".join(
        f"<p>{'<br>'.join(map(html.escape, paragraph.split(chr(10))))}</p>\n  "
        for paragraph in page.text.split("\n\n")
    )
    links = "".join(
        f'\n\t<li>\n\t\t<a onclick="PostBack(&#39;FollowLink&#39;,&#39;{link.id}&#39;);'
        f'return false;" href="#">{html.escape(link.text)}</a>\n\t</li>'
        for link in offered
    )
    item = (
        f'<table><tr><td><table id="Item_4"><tr><td><h2>{page.item}</h2>'
        "<a onclick=\"PostBack('UseItem','4');return false;\" href=\"#\">Use the</a>"
        "</td></tr></table></td></tr></table>"
    )
    return f"""<html><head><title>{html.escape(story.title)} :: Story Viewer</title></head><body>
<form id="pbForm" method="post" action="./default.aspx?StoryId={story.number}">
<input type="hidden" name="__VIEWSTATE" value="{_seal(hidden)}" />
<input type="hidden" name="__VIEWSTATEGENERATOR" value="C0FFEE" />
<input type="hidden" name="SS" value="{hidden}" />
<input type="hidden" name="pbAction" value="" /><input type="hidden" name="pbValue" value="" />
<input type="submit" name="save" value="Save" /></form>
<div class="dark1border"><h1>A page</h1></div>
<div style="padding:0px 30px 50px 30px"><!-- BEGIN MAIN --><div>
  {paragraphs}</div><!-- Links --><ul>{links}</ul><!-- Inventory -->
{item if page.item else ""}<!-- END MAIN --></div></body></html>"""


class _Exchange(BaseHTTPRequestHandler):
    server: "_Listener"

    def do_GET(self) -> None:
        self._answer("GET", {})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            return  # the client was killed while it sent the form, so this is no request
        self._answer("POST", dict(parse_qsl(body.decode(), keep_blank_values=True)))

    def _answer(self, method: str, form: Form) -> None:
        request = Request(method, self.path, form, self.headers.get("User-Agent", ""))
        status, headers, body = self.server.site.answer(request)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", headers.get("Content-Length", str(len(body))))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Keep standard error clean."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    site: LocalSite

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is killed in the middle is what some tests are about."""
