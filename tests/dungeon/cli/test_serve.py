"""Tests of what `grue serve` refuses before it loads a model. It runs in test_grue_serve.py."""

import pytest

pytest.importorskip("uvicorn", reason="the extra `serve` is not installed")
pytest.importorskip("prometheus_client", reason="the extra `serve` is not installed")

from dungeon.cli import main
from dungeon.serving.listening import listen
from tests.dungeon.models.tiny import write_model


def refusal(capsys, *arguments):
    """Return the exit code and what the command says."""
    with pytest.raises(SystemExit) as ended:
        main(["serve", *map(str, arguments)])
    return ended.value.code, capsys.readouterr().err


@pytest.mark.parametrize("token", ["short", "with space 12", "schlüssel-wort", "line\nfeed-12"])
def test_a_weak_token(capsys, token):
    code, told = refusal(capsys, "--token", token)
    assert (code, "at least 8 characters of ASCII" in told) == (2, True)
    assert token not in told


def test_one_weak_token_of_several_in_the_environment(capsys, monkeypatch):
    monkeypatch.setenv("GRUE_SERVE_TOKEN", "long-enough weak")
    code, told = refusal(capsys)
    assert (code, "8 characters" in told) == (2, True)


@pytest.mark.parametrize("reference", ["http://127.0.0.1:1", "scripted:", "owner/name"])
def test_a_model_that_cannot_be_served(capsys, own_home, reference):
    code, told = refusal(capsys, "--model", reference)
    assert (code, "a catalog name or a .gguf file" in told) == (2, True)
    assert not own_home.exists()


def test_a_port_in_use_is_found_before_a_model_is_downloaded(capsys, own_home):
    with listen("127.0.0.1", 0) as taken:
        code, told = refusal(capsys, "--port", taken.getsockname()[1])
    assert (code, "Choose another with --port" in told) == (2, True)
    assert not own_home.exists()


@pytest.mark.parametrize("option", ["--slots=0", "--port=65536", "--rate=-1", "--grace=soon"])
def test_values_out_of_range(capsys, option):
    code, told = refusal(capsys, option)
    assert (code, option.partition("=")[0] in told) == (2, True)


def test_a_file_that_does_not_load_is_a_sentence(capsys, tmp_path):
    write_model(tmp_path / "tale.gguf")
    code, told = refusal(capsys, "--port", 0, "--model", tmp_path / "tale.gguf")
    assert (code != 0, "tale.gguf" in told, "Traceback" in told) == (True, True, False)
