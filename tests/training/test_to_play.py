"""From training to playing and back, with the real commands."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training import small_models

ACTIONS = ("open the door", 'say "Who is there?"', "go down the stairs", "light the lamp")


def grue(*arguments: object, typed: str = "", folder: Path | None = None) -> str:
    """Run the command and return what it printed."""
    run = subprocess.run(
        [sys.executable, "-m", "dungeon.cli", *map(str, arguments)],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "default"},
        timeout=500,
    )
    assert run.returncode == 0, f"{arguments}\n{run.stdout[-2000:]}\n{run.stderr[-3000:]}"
    return run.stdout


def play(model: object, home: Path, *options: object, actions: tuple[str, ...] = ACTIONS) -> str:
    """Play some turns in plain lines and return the adventure's id."""
    lines = "".join(f"{action}\n" for action in (*actions, "/quit"))
    grue("play", "--plain", "--model", model, "--data-dir", home, *options, typed=lines)
    adventures = json.loads(grue("saves", "list", "--json", "--data-dir", home))
    return str(adventures[0]["id"])


def writers(adventure: str, home: Path) -> set[str]:
    """Return the names of the models that wrote the adventure's turns."""
    saved = json.loads(grue("saves", "show", adventure, "--json", "--data-dir", home))
    named = (turn["provenance"]["model"].partition("@") for turn in saved["turns"])
    return {name for name, _, digest in named if digest}


def test_an_adapter_folder_plays_on_its_base(tmp_path):
    base = small_models.save(
        tmp_path / "base", small_models.gpt2(positions=512), small_models.tokenizer()
    )
    model = small_models.gpt2(positions=512)
    adapter = small_models.adapter_folder(tmp_path / "mine", base, model)
    adventure = play(adapter, tmp_path / "home", "--quick", "--seed", 4, actions=ACTIONS[:1])
    assert writers(adventure, tmp_path / "home") == {"mine"}


@pytest.mark.soak
def test_own_adventures_are_trained_on_and_the_model_plays(tmp_path):
    """A person's own adventures go back in: saves → stories → corpus → model → saves."""
    home, exports = tmp_path / "home", tmp_path / "exports"
    exports.mkdir()
    for number, scenario in enumerate("cook cup dragon eyes ferry flood".split()):
        options = ("--scenario", scenario, "--seed", number)
        adventure = play("scripted:", home, *options, actions=ACTIONS * 3)
        grue("saves", "export", adventure, "--data-dir", home, "-o", exports / f"{scenario}.json")
    stories, corpus, model = tmp_path / "own.jsonl", tmp_path / "corpus", tmp_path / "mine"
    grue("stories", "import", exports, "-o", stories, "--licence", "CC0-1.0")
    grue("corpus", "build", stories, "-o", corpus, "--max-work-share", 1, "--holdout-fraction", 0.2)
    train_text = (corpus / "train.jsonl").read_text()
    assert "> You open the door." in train_text.replace("\\n", "\n")

    grue(
        "train", corpus, "--base", "gpt2-tiny", "--from-scratch", "-o", model, "--max-steps", 6,
        "--max-seq-length", 128, "--device", "cpu",
    )  # fmt: skip
    assert (model / "loss.png").is_file()
    notes = json.loads((model / "grue.json").read_text())
    assert notes["corpus"]["licences"] == {"CC0-1.0": len(train_text.splitlines())}

    evaluation = json.loads(
        grue("evaluate", model, "--corpus", corpus, "--prompts", 3, "--device", "cpu", "--json")
    )
    assert evaluation["model"]["held_out"]["bits_per_byte"] > 0

    adventure = play(model, home, "--quick", "--seed", 1, actions=ACTIONS[:2])
    assert "mine" in writers(adventure, home)

    grue("export", model, "--gguf", model / "mine.gguf", "--type", "F16")
    adventure = play(model, tmp_path / "other", "--quick", "--seed", 1, actions=ACTIONS[:1])
    assert "mine" in writers(adventure, tmp_path / "other")
