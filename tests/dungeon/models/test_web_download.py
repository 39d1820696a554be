"""Tests that a download from the web is resumed and verified, against a local hub."""

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from dungeon.errors import WeightsError
from dungeon.models import disk_space
from dungeon.models.catalog import HUB, WebFile
from dungeon.models.download import download_model, download_path, is_downloaded, partial_bytes
from dungeon.models.partial_file import PartialFile
from dungeon.models.progress import no_progress
from dungeon.models.web_download import WebDownload
from dungeon.models.web_errors import retry_after
from tests.dungeon.models.hub_server import Fault, fake_hub
from tests.dungeon.models.tiny import entry_for
from tests.rows import every_row

MODEL = b"GGUF" + os.urandom(300_000)
ENTRY = entry_for(
    MODEL,
    source=WebFile(f"{HUB}/someone/tiny-GGUF/resolve/main/tiny.gguf"),
    bytes=310_000,
    is_size_exact=False,
    prepared="",
)
PATH = "/someone/tiny-GGUF/resolve/main/tiny.gguf"


class Downloads:
    """Downloads to one folder from the hub that HF_ENDPOINT names, without waiting."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = download_path(ENTRY, folder)
        self.waited = 0.0
        folder.mkdir()

    def __call__(self, progress=no_progress) -> bytes:
        WebDownload(ENTRY, self.path, progress=progress, pause=self._pause).run()
        return self.path.read_bytes()

    def _pause(self, seconds: float) -> None:
        self.waited += seconds


@pytest.fixture
def download(tmp_path) -> Downloads:
    return Downloads(tmp_path / "models")


@pytest.fixture
def hub(monkeypatch):
    with fake_hub(MODEL) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.address)
        yield hub


def test_a_file_is_downloaded_through_a_redirect_and_once(hub, tmp_path):
    heard = []
    path = download_model(ENTRY, tmp_path, progress=lambda *step: heard.append(step))
    assert path.read_bytes() == MODEL
    assert heard[-1] == ("Fetching", len(MODEL), len(MODEL))
    assert [asked.partition("?")[0] for asked, _ in hub.requests] == [PATH, "/cdn/file"]
    assert is_downloaded(ENTRY, tmp_path)
    assert download_model(ENTRY, tmp_path) == path
    assert len(hub.requests) == 2
    assert {file.name for file in tmp_path.iterdir() if not file.name.startswith(".")} == {
        "tiny.gguf",
        "hashes.json",
    }


def test_a_download_that_was_cancelled_is_resumed(hub, download):
    def cancel(_what, done, _total):
        if done:
            raise KeyboardInterrupt

    hub.faults = [Fault(cut=100_000)]
    with pytest.raises(KeyboardInterrupt):
        download(cancel)
    kept = partial_bytes(ENTRY, download.folder)
    assert 0 < kept <= 100_000
    assert download() == MODEL
    assert hub.ranges == ["", f"bytes={kept}-"]
    assert partial_bytes(ENTRY, download.folder) == 0


@pytest.mark.parametrize(
    "fault",
    [
        Fault(cut=100_000),
        Fault(cut=100_000, no_length=True),
        Fault(503, {"Retry-After": "7"}),
        Fault(429),
    ],
    ids=["cut", "cut without a length", "busy", "too many requests"],
)
def test_an_interruption_is_resumed_at_once(hub, download, fault):
    hub.faults = [fault]
    assert download() == MODEL
    assert hub.ranges[1] == ("" if fault.status else "bytes=100000-")
    if "Retry-After" in fault.headers:
        assert download.waited == 7


@pytest.mark.parametrize(
    ("fault", "says_size"), [(Fault(), False), (Fault(no_length=True), True)]
)  # fmt: skip
def test_either_server_may_say_how_long_the_file_is(hub, download, fault, says_size):
    hub.faults, hub.says_size = [fault], says_size
    assert download() == MODEL


@pytest.mark.parametrize("change", ["etag", "no etag", "range ignored", "too long", "complete"])
def test_what_is_left_of_another_file_is_not_continued(hub, download, change):
    part = PartialFile(download.path)
    part.restart('"first"')
    part.path.write_bytes(b"GGUF of another version")
    match change:
        case "etag":
            hub.etag = '"second"'
        case "no etag":
            part.restart("")
            part.path.write_bytes(b"GGUF of another version")
        case "range ignored":
            hub.faults = [Fault(ignore_range=True)]
        case "too long":
            part.path.write_bytes(MODEL * 2)
        case "complete":
            part.path.write_bytes(MODEL)
    assert download() == MODEL


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(body=b"GGUF" + bytes(300_000)), "its SHA-256 is"),
        (Fault(body=b"GGUF" * 90_000), "its SHA-256 is"),
        (Fault(body=b"<html>", headers={"Content-Type": "text/html"}), "a web page in place"),
        (Fault(body=b"version https://git-lfs"), "is no model file"),
        (Fault(503, {"Retry-After": "3600"}), "Try again in 60 minutes"),
        (Fault(418), "the status 418"),
    ],
    ids=["another file", "a longer file", "login page", "pointer", "very busy", "odd status"],
)
def test_what_cannot_be_downloaded_says_why_and_leaves_nothing(hub, download, fault, words):
    hub.faults = [fault]
    with pytest.raises(WeightsError, match=words):
        download()
    assert not download.path.exists()
    assert partial_bytes(ENTRY, download.folder) == 0


@pytest.mark.parametrize(
    ("status", "words"), [(401, "HF_TOKEN"), (403, "accept the model's terms"), (404, "no longer")]
)
def test_a_refusal_of_the_hub_says_what_to_do(hub, download, status, words):
    hub.refuse = status
    with pytest.raises(WeightsError, match=words):
        download()
    assert len(hub.requests) == 1


def test_a_network_that_stays_away_ends_the_download_and_keeps_what_is_here(hub, download):
    hub.faults = [Fault(cut=100_000)] + [Fault(503)] * 10
    with pytest.raises(WeightsError, match=r"status 503.*0 MB are kept; it resumes there"):
        download()
    assert partial_bytes(ENTRY, download.folder) == 100_000
    hub.faults = []
    assert download() == MODEL


def test_without_a_network_the_host_that_was_asked_is_named(download, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(WeightsError, match=r"from 127\.0\.0\.1 .*Is there a network\?"):
        download()


def test_a_disk_that_fills_is_told_with_what_is_still_missing(hub, tmp_path):
    def fill(_what, done, _total):
        if done:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(WeightsError) as refused:
        download_model(ENTRY, tmp_path, progress=fill)
    missing = ENTRY.download_bytes - partial_bytes(ENTRY, tmp_path)
    assert missing < ENTRY.download_bytes
    assert f"({missing / 1e6:.1f} MB are needed, and " in str(refused.value)


def test_a_full_disk_is_noticed_before_the_download(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(disk_space, "free_bytes", lambda _folder: 200_100_000)
    with pytest.raises(WeightsError, match=r"needs 0\.2 GB on the disk"):
        download_model(ENTRY, tmp_path)
    assert hub.requests == []


def test_two_downloads_do_not_write_to_one_file(hub, download):
    with (
        PartialFile(download.path).locked(lambda _: None),
        pytest.raises(WeightsError, match="downloaded by another Grue"),
    ):
        download()
    assert download() == MODEL


def test_a_token_stays_with_the_hub_and_nothing_is_taken_unencrypted(download, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_of_a_test")
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.host, request.headers.get("authorization")))
        target = {"huggingface.co": "https://cdn.test/x"}.get(request.url.host, "http://cdn.test/x")
        return httpx.Response(302, headers={"Location": target})

    transport = httpx.MockTransport(answer)
    with pytest.raises(WeightsError, match="not encrypted"):
        WebDownload(ENTRY, download.path, progress=no_progress, transport=transport).run()
    assert seen == [("huggingface.co", "Bearer hf_of_a_test"), ("cdn.test", None)]


@every_row(
    ("value", "seconds"),
    [("120", 120), ("Sat, 01 Aug 2026 00:01:00 GMT", 60), ("soon", None), ("", None), ("-3", None)],
)
def test_retry_after_is_seconds_or_a_date(value, seconds):
    now = datetime(2026, 8, 1, tzinfo=UTC)
    assert retry_after({"retry-after": value}, now) == seconds
