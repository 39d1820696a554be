"""Tests of the YAML files and the container file: they name what is in the repository."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.rows import every_row

pytest.importorskip("yaml", reason="PyYAML is not installed")
pytest.importorskip("pydantic", reason="the extra `deploy` is not installed")

import yaml
from pydantic import ValidationError

from deploy.settings import DeploySettings

REPOSITORY = Path(__file__).resolve().parents[2]
DEPLOY = REPOSITORY / "deploy"


def ray_version() -> str:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    needs = " ".join(project["project"]["optional-dependencies"]["deploy"])
    return re.search(r"ray\[serve\]==([\d.]+)", needs)[1]


def cluster() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "kuberay.yaml").read_text("utf-8"))


@every_row("name", ["single.yaml", "kuberay.yaml"])
def test_the_application_of_a_file_is_one_that_can_be_built(name: str) -> None:
    document = yaml.safe_load((DEPLOY / name).read_text("utf-8"))
    if "spec" in document:
        document = yaml.safe_load(document["spec"]["serveConfigV2"])
    (application,) = document["applications"]
    assert application["import_path"] == "deploy.app:build"
    assert "def build(" in (DEPLOY / "app.py").read_text("utf-8")
    settings = DeploySettings(**application["args"])
    assert settings.min_replicas <= settings.max_replicas
    assert settings.routing == "session"


def test_the_cluster_has_room_for_every_replica_and_spot_machines() -> None:
    spec = cluster()["spec"]
    settings = DeploySettings(**yaml.safe_load(spec["serveConfigV2"])["applications"][0]["args"])
    (workers,) = spec["rayClusterConfig"]["workerGroupSpecs"]
    (container,) = workers["template"]["spec"]["containers"]
    assert workers["maxReplicas"] * container["resources"]["limits"]["nvidia.com/gpu"] >= (
        settings.max_replicas * settings.gpus
    )
    assert workers["minReplicas"] >= settings.min_replicas
    assert any("spot" in str(each) for each in workers["template"]["spec"]["tolerations"])


def test_every_file_names_the_pinned_version_of_ray() -> None:
    assert cluster()["spec"]["rayClusterConfig"]["rayVersion"] == ray_version()
    container = (DEPLOY / "Containerfile").read_text("utf-8")
    assert f"rayproject/ray:{ray_version()}-" in container


def test_the_token_is_in_no_file() -> None:
    (worker,) = cluster()["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    (variable,) = worker["template"]["spec"]["containers"][0]["env"]
    assert variable["name"] == "GRUE_SERVE_TOKEN"
    assert "secretKeyRef" in variable["valueFrom"]


@every_row("wrong", [{"slot": 4}, {"slots": 0}, {"routing": "random"}, {"engine": "torch"}])
def test_wrong_arguments_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        DeploySettings(**wrong)
