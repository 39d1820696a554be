"""Tests of the engine that is started while the game is still being imported."""

from dataclasses import replace
from pathlib import Path

import pytest

from dungeon.errors import GeneratorError
from dungeon.files.home import Home
from dungeon.generator import early_start
from dungeon.generator.early_start import EarlyStart, plan_start, start_early
from dungeon.generator.llama_launcher import LlamaSettings
from dungeon.generator.slot_files import SlotFiles, prefix_hashes, state_key
from dungeon.models.hashes import sha256_of
from dungeon.settings import Settings
from tests.dungeon.models.tiny import write_model

SETTINGS = LlamaSettings(Path("tale.gguf"), "tale", 512, 1)


class FakeLoading:
    """A process that loads a model."""

    def __init__(self, settings=SETTINGS):
        self.settings = settings
        self.killed = False
        self.read = []

    async def wait(self):
        return "the early one"

    def read_ahead(self, prompt):
        self.read.append(prompt)

    def kill(self):
        self.killed = True


@pytest.fixture
def another(monkeypatch):
    """Let engines be started that load nothing."""

    async def start(_settings):
        return "another one"

    monkeypatch.setattr(early_start.LlamaProcess, "start", start)


@pytest.fixture
def tale(tmp_path):
    path = tmp_path / "tale.gguf"
    write_model(path)
    return path


def test_only_a_verified_file_is_started_early(tale, tmp_path):
    home, chosen = Home(tmp_path / "home"), Settings(engine="built-in", threads=3)
    assert plan_start(str(tale), home, chosen) is None
    digest = sha256_of(tale, home.models)
    folder = home.slots / state_key(digest, 512)
    planned = LlamaSettings(tale, "tale", 512, 3, slot_folder=folder)
    assert plan_start(str(tale), home, chosen) == planned


@pytest.mark.usefixtures("another")
async def test_the_first_who_asks_gets_the_early_engine():
    loading = FakeLoading()
    early = EarlyStart(loading)
    assert await early.start(SETTINGS) == "the early one"
    assert await early.start(SETTINGS) == "another one"
    early.close()
    assert not loading.killed  # it belongs to who has got it


@pytest.mark.usefixtures("another")
async def test_an_early_engine_that_nobody_wants_is_ended():
    other, unused = FakeLoading(), FakeLoading()
    assert await EarlyStart(other).start(replace(SETTINGS, slots=2)) == "another one"
    EarlyStart(unused).close()
    assert other.killed
    assert unused.killed


def test_an_opening_is_read_ahead_unless_its_state_is_saved(tmp_path):
    prompt = "You stand in the mill. The wheel turns. " * 20
    plain, chats = FakeLoading(), FakeLoading(replace(SETTINGS, chat=True))
    saving = FakeLoading(replace(SETTINGS, slot_folder=tmp_path / "key"))
    for loading in (plain, chats, saving):
        EarlyStart(loading).read_ahead(prompt)
        EarlyStart(loading).read_ahead("")
    EarlyStart().read_ahead(prompt)
    assert (plain.read, chats.read, saving.read) == ([prompt], [], [prompt])
    files = SlotFiles(tmp_path, "key", 1000)
    files.create_folder()
    (files.folder / "a.kv").write_bytes(b"state")
    files.add("a.kv", prefix_hashes(prompt), is_opening=True)
    EarlyStart(saving).read_ahead(prompt)
    assert saving.read == [prompt]


@pytest.mark.parametrize(
    "reference", ["no such model", "http://127.0.0.1:1#saga", "scripted:", "somebody/saga"]
)
async def test_what_the_built_in_engine_does_not_play_starts_nothing(
    reference, tmp_path, monkeypatch
):
    monkeypatch.setattr(early_start, "LoadingProcess", None)
    start_early(reference, Home(tmp_path), Settings()).close()


async def test_a_faulty_file_is_reported_to_who_asks(tale, tmp_path):
    home, chosen = Home(tmp_path / "home"), Settings(engine="built-in")
    sha256_of(tale, home.models)
    planned = plan_start(str(tale), home, chosen)
    tale.write_bytes(tale.read_bytes()[:100])
    early = EarlyStart(early_start.LoadingProcess(planned))
    with pytest.raises(GeneratorError, match=r"tale\.gguf"):
        await early.start(planned)
    tale.unlink()
    start_early(str(tale), home, chosen).close()  # which is no error yet
