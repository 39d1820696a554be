"""Tests of `--report-to`, with the integrations of transformers and fake trackers."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dungeon.errors import GrueError, InputRefused
from tests.training.recorded import train
from tests.training.small_corpus import tiny_config
from training.trainer.config import TrainConfig
from training.trainer.reporting import explained_tracker_errors

TRACKERS = ("tensorboard", "wandb", "trackio")


@pytest.mark.parametrize("tracker", TRACKERS)
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    tracker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputRefused, match=f"Install it with: pip install {tracker}$"):
        TrainConfig(report_to=tracker)  # type: ignore[arg-type]
    assert TrainConfig().report_to == "none"


class FakeTrackio(ModuleType):
    """Records what transformers' integration does with it."""

    __version__ = "0.30.0"

    def __init__(self) -> None:
        super().__init__("trackio")
        self.__spec__ = importlib.util.spec_from_loader("trackio", loader=None)
        self.config: dict[str, Any] = FakeConfig()
        self.started: dict[str, Any] = {}
        self.logged: list[dict[str, Any]] = []
        space = type("Variable", (), {"get": lambda self: None})()
        self.context_vars = type("Variables", (), {"current_space_id": space})()

    def init(self, **options: Any) -> None:
        self.started = options

    def log(self, metrics: dict[str, Any], **_rest: Any) -> None:
        self.logged.append(metrics)

    def log_system(self, *_: Any, **__: Any) -> None: ...

    def finish(self) -> None: ...


class FakeConfig(dict[str, Any]):
    def update(self, *values: Any, **_options: Any) -> None:
        super().update(*values)


def test_a_tracker_gets_the_metrics_and_no_samples(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeTrackio()
    monkeypatch.setitem(sys.modules, "trackio", fake)
    result = train(corpus, tmp_path / "mine", tiny_config(4, report_to="trackio"))
    started = fake.started
    assert (started["project"], started["name"], started["space_id"]) == ("grue", "mine", None)
    logged = {name: value for metrics in fake.logged for name, value in metrics.items()}
    assert logged["eval/bits_per_byte"] == pytest.approx(result.bits_per_byte)
    assert "train/loss" in logged
    assert not any("samples" in name for name in logged)
    assert any("samples" in entry for entry in result.history)


def test_an_error_of_wandb_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = ModuleType("wandb")
    fake.Error = type("Error", (Exception,), {})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "wandb", fake)
    with (
        pytest.raises(GrueError, match=r"wandb: No API key configured\. Then continue"),
        explained_tracker_errors("wandb"),
    ):
        raise fake.Error("No API key configured.")
    with pytest.raises(OSError, match="full"), explained_tracker_errors("tensorboard"):
        raise OSError("full")


def test_tensorboard_writes_into_the_model_folder(tmp_path: Path, corpus: Path) -> None:
    pytest.importorskip("tensorboard")
    train(corpus, tmp_path / "mine", tiny_config(2, report_to="tensorboard"))
    assert list((tmp_path / "mine" / "runs").glob("events.*"))
