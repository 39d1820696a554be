"""Provides what every test stands on: a home of its own, no network, no chance, and the real model.

Knows nothing of any one module. What only some tests share stands beside them.
"""

import gc
import ipaddress
import os
import re
import signal
import socket
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from filelock import FileLock

from dungeon.files.home import Home

REPOSITORY = Path(__file__).resolve().parent.parent

REAL_HOME = Home(Path(os.environ.setdefault("REAL_GRUE_HOME", str(Home.find().root.absolute()))))
"""The user's own home, found before any test is pointed elsewhere and handed on to xdist's workers.
Only its models are touched."""

FOREIGN = re.compile(
    r"GRUE_|TEXTUAL|NO_COLOR|FORCE_COLOR|COLUMNS|LINES|COLORTERM|CLICOLOR|EDITOR|VISUAL|MAKE|"
    r"HF_|HUGGING|OPENAI_|.*_API_KEY|.*_TOKEN$"
)
"""What the user's environment may say and no test should hear; some of it is read at import."""

for name in filter(FOREIGN.match, list(os.environ)):
    del os.environ[name]
os.environ["TERM"] = "xterm-256color"

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell lets what it runs in the background ignore Ctrl-C, and every child inherits that.
    signal.signal(signal.SIGINT, signal.default_int_handler)

hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("search", max_examples=2_000, deadline=None)
hypothesis.settings.load_profile("ci")


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what is imported: walking it took a third of a test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(autouse=True, scope="module")
def frozen_imports() -> None:
    """Do so with what has been imported since."""
    gc.freeze()


@pytest.fixture(autouse=True)
def no_users_home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Lead to a home that does not exist yet; most tests need none, and no folder for it."""
    if "tmp_path" in request.fixturenames:
        folder = request.getfixturevalue("tmp_path")
    else:
        folder = tmp_path_factory.getbasetemp() / f"homeless-{next(_homeless)}"
    os.environ["GRUE_HOME"] = str(folder / "home")  # until the next test


_homeless = count()


@pytest.fixture
def own_home(tmp_path: Path) -> Path:
    """Return the home of the test, which does not exist yet."""
    return tmp_path / "home"


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Refuse every connection but those to this machine, name look-ups among them."""
    connect, connect_ex, look_up = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
    )

    def checked_connect(self: socket.socket, address: Any) -> None:
        _refuse_far(address)
        connect(self, address)

    def checked_connect_ex(self: socket.socket, address: Any) -> int:
        _refuse_far(address)
        return connect_ex(self, address)

    def checked_look_up(host: Any, *rest: Any, **named: Any) -> Any:
        _refuse_far((host,))
        return look_up(host, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", checked_connect)
        patch.setattr(socket.socket, "connect_ex", checked_connect_ex)
        patch.setattr(socket, "getaddrinfo", checked_look_up)
        yield


def _refuse_far(address: Any) -> None:
    """Raise unless `address` is a Unix socket's or lies on this machine."""
    if not isinstance(address, tuple):
        return
    host = address[0].decode() if isinstance(address[0], bytes) else address[0]
    if host in (None, "", "localhost"):
        return
    try:
        near = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        near = False
    if not near:
        pytest.fail(f"A test reached for the network: {host}. Only this machine is allowed.")


@pytest.fixture(scope="session")
def shared_corpus() -> Path:
    """Return the folder of real story files that lies beside the repository, not in it."""
    corpus = REPOSITORY.parent / "shared" / "corpus"
    if not corpus.is_dir():
        pytest.skip(
            "needs the story files of ../shared/corpus, which are not part of the repository"
        )
    return corpus


@pytest.fixture(scope="session")
def default_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the default model as it plays, in the user's own folder; fetched there if missing.

    The lock lies above the workers' own folders, so one of them fetches and the others wait.
    """
    from dungeon.models.resolver import CatalogModel, prepare_file, resolve

    choice = resolve("default")
    assert isinstance(choice, CatalogModel)
    with FileLock(tmp_path_factory.getbasetemp().parent / "default-model.lock"):
        return prepare_file(choice, REAL_HOME.models).path


@pytest.fixture(scope="session")
def real_models_dir(default_model: Path) -> Path:
    """Return the user's own folder of models, with the default one in it, ready to play."""
    assert default_model.is_relative_to(REAL_HOME.models)
    return REAL_HOME.models


@pytest.fixture
def home_with_model(own_home: Path, real_models_dir: Path) -> Path:
    """Return the test's own home, with the real models in it: for the real program, end to end."""
    own_home.mkdir()
    (own_home / "models").symlink_to(real_models_dir, target_is_directory=True)
    return own_home
