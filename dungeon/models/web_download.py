"""Download a model file from the web: resumed after interruptions, verified, never half there.

Made for the Hugging Face hub, which redirects to a server of signed, short-lived addresses: each
attempt begins at the file's own address again.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import httpx

from dungeon.errors import WeightsError
from dungeon.files.atomic_file import commit
from dungeon.models.catalog import HUB, CatalogEntry, WebFile
from dungeon.models.disk_space import check_space
from dungeon.models.hashes import remember_sha256
from dungeon.models.partial_file import PartialFile
from dungeon.models.progress import Progress
from dungeon.models.web_errors import RETRIED, refusal, retry_after
from dungeon.text import clean_line

MAX_ATTEMPTS = 6
"""Attempts in a row that bring no byte before the download is given up."""

MAX_WAIT = 120.0
"""The longest wait that a server may ask for, in seconds; beyond that the player tries later."""

_MAX_REDIRECTS = 10
_CHUNK = 1 << 20
_TIMEOUT = httpx.Timeout(30, connect=15)
_MAGIC = b"GGUF"


class _Interrupted(Exception):
    """The connection broke, or the server asks to wait; the next attempt resumes."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


class WebDownload:
    """One download of a catalog entry's file to `path`."""

    def __init__(
        self,
        entry: CatalogEntry,
        path: Path,
        *,
        progress: Progress,
        pause: Callable[[float], None] = time.sleep,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`pause` waits between two attempts, in short steps so that `progress` may end it;
        `transport` stands in for the network.
        """
        if not isinstance(entry.source, WebFile):
            raise TypeError(f"{entry.name} is not a file on the web")
        self._entry = entry
        self._source = entry.source
        self._path = path
        self._part = PartialFile(path)
        self._progress = progress
        self._pause = pause
        self._transport = transport
        self._total = entry.bytes
        self._is_total_known = entry.is_size_exact
        self._digest: _Digest = hashlib.sha256()

    def run(self) -> None:
        """Download the file, resuming what is there. Raises WeightsError and OSError.

        What is downloaded stays where `progress` raises, the network fails or the disk is full.
        """
        client = httpx.Client(timeout=_TIMEOUT, transport=self._transport)
        with self._part.locked(self._pause), client:
            resumed = self._part.size > 0
            self._download(client)
            if resumed and self._digest.hexdigest() != self._entry.sha256:
                self._part.discard()  # what was here may have been of another version of the file
                self._download(client)
            self._finish()

    def _download(self, client: httpx.Client) -> None:
        """Make attempts until the file is complete."""
        self._hash_part()
        failures = 0
        while True:
            before = self._part.size
            try:
                return self._attempt(client)
            except httpx.InvalidURL as error:
                raise WeightsError(self._given_up(error, None)) from error
            except (httpx.TransportError, _Interrupted) as error:
                failures = 0 if self._part.size > before else failures + 1
                wait = getattr(error, "wait", None)
                if failures >= MAX_ATTEMPTS or (wait or 0) > MAX_WAIT:
                    raise WeightsError(self._given_up(error, wait)) from error
                self._wait(2.0**failures / 2 if wait is None else wait)

    def _attempt(self, client: httpx.Client) -> None:
        """Append what the server sends until the file is complete."""
        with self._open(client) as response:
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                if self._part.size != _total_in_range(response):
                    self._part.discard()
                    self._digest = hashlib.sha256()
                    raise _Interrupted("the file has changed", 0)
                return  # it was complete already
            if response.status_code in RETRIED:
                reason = f"status {response.status_code}"
                raise _Interrupted(reason, retry_after(response.headers))
            if response.status_code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
                raise WeightsError(refusal(self._entry, self._source, response.status_code))
            self._start_body(response)
            self._append(response)

    @contextmanager
    def _open(self, client: httpx.Client) -> Iterator[httpx.Response]:
        """Give the response to a request for what is missing, redirects followed."""
        headers = {"Accept-Encoding": "identity"}
        if self._part.size:
            headers["Range"] = f"bytes={self._part.size}-"
            if validator := self._part.validator:
                headers["If-Range"] = validator
        request = client.build_request("GET", self._source.address, headers=headers)
        if (token := os.environ.get("HF_TOKEN")) and self._source.url.startswith(f"{HUB}/"):
            request.headers["Authorization"] = f"Bearer {token}"
        for _ in range(_MAX_REDIRECTS):
            response = client.send(request, stream=True)
            following = response.next_request  # without the token where the host is another one
            if following is None:
                break
            self._read_size(response)
            response.close()
            if request.url.scheme == "https" and following.url.scheme != "https":
                raise WeightsError(
                    f"{self._source.host} redirects to an address that is not encrypted. Nothing "
                    "was downloaded from there."
                )
            request = following
        else:
            raise WeightsError(f"{self._source.host} redirects without end. Try again later.")
        try:
            yield response
        finally:
            response.close()

    def _read_size(self, response: httpx.Response) -> None:
        """Take the file's size from the hub's redirect: the other server may not state it."""
        self._set_total(_number(response.headers.get("x-linked-size", "")))

    def _set_total(self, total: int | None) -> None:
        if total and not self._entry.is_size_exact:
            self._total, self._is_total_known = total, True

    def _start_body(self, response: httpx.Response) -> None:
        """Restart where the server sends the whole file; check what the response says of it."""
        kind = response.headers.get("content-type", "")
        if kind.startswith("text/html"):
            raise WeightsError(
                f"{response.url.host} sent a web page in place of the file of {self._entry.title}. "
                "Does the network want a login? Open a browser, then try again."
            )
        length = _number(response.headers.get("content-length", ""))
        if response.status_code == httpx.codes.PARTIAL_CONTENT:
            start = _start_of_range(response)
            if start != self._part.size:
                self._part.discard()
                self._digest = hashlib.sha256()
                raise _Interrupted(f"another range than the one that was asked for: {start}", 0)
            self._set_total(_total_in_range(response))
        else:
            self._part.restart(_validator(response))
            self._digest = hashlib.sha256()
            self._set_total(length)
        self._check_room()

    def _check_room(self) -> None:
        """Raise WeightsError where the rest of the file does not fit on the disk."""
        if self._is_total_known:
            check_space(self._entry, self._path.parent, self._total - self._part.size)

    def _append(self, response: httpx.Response) -> None:
        """Append the body. Raises _Interrupted where it ends too early."""
        done = self._part.size
        with self._part.path.open("ab", buffering=0) as file:
            for chunk in response.iter_raw():  # in larger chunks, the end of a broken body is lost
                if not done and not chunk.startswith(_MAGIC[: len(chunk)]):
                    raise WeightsError(
                        f"What {response.url.host} sent is no model file. Try again later."
                    )
                done += len(chunk)
                if self._is_total_known and done > self._total:
                    break  # the digest says that it is another file
                file.write(chunk)
                self._digest.update(chunk)
                self._progress("Fetching", done, max(self._total, done))
        if self._is_total_known and done < self._total:
            raise _Interrupted("the connection was closed before the end of the file")

    def _hash_part(self) -> None:
        """Compute the digest of what is here already."""
        self._digest = hashlib.sha256()
        done, size = 0, self._part.size
        if not size:
            return
        with self._part.path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                self._digest.update(chunk)
                done += len(chunk)
                self._progress("Checking", done, size)

    def _wait(self, seconds: float) -> None:
        """Wait, and let `progress` end the download meanwhile."""
        while seconds > 0:
            self._progress("Waiting to fetch", self._part.size, max(self._total, 1))
            self._pause(min(seconds, 0.25))
            seconds -= 0.25

    def _finish(self) -> None:
        """Verify the file and give it its name."""
        digest = self._digest.hexdigest()
        if digest != self._entry.sha256:
            self._part.discard()
            raise WeightsError(
                f"The file of {self._entry.title} from {self._source.host} is not the one Grue "
                f"knows: its SHA-256 is {digest}, and {self._entry.sha256} was expected. It was "
                "deleted."
            )
        commit(self._part.path, self._path, overwrite=True)
        self._part.discard()
        remember_sha256(self._path, self._path.parent, digest)

    def _given_up(self, error: Exception, wait: float | None) -> str:
        """Return the sentence for a download that failed, and what is kept of it."""
        kept = f" {self._part.size / 1e6:.0f} MB are kept; it resumes there." * bool(
            self._part.size
        )
        if wait is not None and wait > MAX_WAIT:
            again = f"Try again in {wait / 60:.0f} minutes."
            return f"{self._source.host} is busy, and asks to wait. {again}{kept}"
        reason = clean_line(str(error))[:200].rstrip(".") or type(error).__name__
        return (
            f"{self._entry.title} could not be downloaded from {self._source.host} ({reason}). "
            f"Is there a network? Try again.{kept}"
        )


def _validator(response: httpx.Response) -> str:
    """Return a strong ETag, which If-Range can take; a weak one says too little."""
    etag = response.headers.get("etag", "")
    return "" if etag.startswith("W/") else etag


def _start_of_range(response: httpx.Response) -> int | None:
    span = response.headers.get("content-range", "").removeprefix("bytes ")
    return _number(span.partition("-")[0])


def _total_in_range(response: httpx.Response) -> int | None:
    return _number(response.headers.get("content-range", "").rpartition("/")[2])


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None
