"""Provides proof that no test reaches the network, the user's stories or the user's keys."""

import os
import re
import socket
from pathlib import Path

import pytest

from tests.rows import every_row

FAR = "192.0.2.1"  # set aside for documents; nobody answers there


@every_row("host", [FAR, "2001:db8::1", "example.invalid"])
def test_a_far_connection_is_refused(host: str) -> None:
    with pytest.raises(pytest.fail.Exception, match=re.escape(host)):
        socket.create_connection((host, 9), timeout=0.1)


def test_a_socket_cannot_go_round_the_name_look_up() -> None:
    with socket.socket() as one:
        with pytest.raises(pytest.fail.Exception):
            one.connect((FAR, 9))
        with pytest.raises(pytest.fail.Exception):
            one.connect_ex((FAR, 9))


@every_row("host", ["127.0.0.1", "localhost"])
def test_this_machine_may_be_spoken_to(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=5).close()


def test_a_test_has_a_home_of_its_own(own_home: Path, tmp_path: Path) -> None:
    assert os.environ["GRUE_HOME"] == str(own_home)
    assert own_home.is_relative_to(tmp_path)
    assert not own_home.exists()


def test_the_users_keys_and_colours_stay_outside() -> None:
    foreign = ("GRUE_API_KEY", "OPENAI_API_KEY", "HF_TOKEN", "NO_COLOR", "COLUMNS", "MAKEFLAGS")
    assert not set(foreign) & set(os.environ)


@pytest.mark.model
def test_the_real_model_is_at_hand(
    home_with_model: Path, real_models_dir: Path, default_model: Path
) -> None:
    assert default_model.read_bytes()[:4] == b"GGUF"
    seen = home_with_model / "models" / default_model.relative_to(real_models_dir)
    assert seen.samefile(default_model)
