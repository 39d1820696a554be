"""A training is stopped, resumed, locked and moved, and loses nothing."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dungeon.errors import InputRefused
from tests.training.recorded import Recorder, finetuning, logged, train, weights
from tests.training.small_corpus import tiny_config, write_corpus
from training.trainer import checkpoints, loop, progress_callback
from training.trainer.checkpoints import commit
from training.trainer.config import StopSignal, TrainConfig
from training.trainer.console import EvalResult, ProgressReporter, StepStats
from training.trainer.progress_callback import ProgressCallback
from training.trainer.samples import generate_samples


def test_a_stop_is_saved_and_gone_on_with_as_if_nothing_had_been(
    tmp_path: Path, corpus: Path
) -> None:
    whole = train(corpus, tmp_path / "whole", tiny_config(8))
    stop_signal = StopSignal()

    def stop(result: EvalResult) -> None:
        stop_signal.stop = stop_signal.stop or result.step == 4

    out = tmp_path / "stopped"
    stopped = train(
        corpus, out, tiny_config(8), reporter=Recorder(on_evaluation=stop), stop_signal=stop_signal
    )
    assert stopped.stopped
    assert stopped.steps < 8
    assert not (out / "grue.json").exists()
    recorder = Recorder()
    resumed = train(
        corpus, out, TrainConfig(resume=True, device="cpu", cost_per_hour=1.0), reporter=recorder
    )
    assert (resumed.stopped, resumed.steps) == (False, 8)
    assert weights(out) == weights(tmp_path / "whole")
    assert resumed.seconds > stopped.seconds
    assert resumed.bits_per_byte_before == whole.bits_per_byte_before
    assert [result.step for result in recorder.evaluations] == [8]


def test_a_stop_ends_the_evaluation_before_the_first_step(tmp_path: Path, corpus: Path) -> None:
    stop_signal = StopSignal()

    def stop(message: str) -> None:
        stop_signal.stop = stop_signal.stop or message.startswith("Evaluating")

    out, recorder = tmp_path / "out", Recorder(on_message=stop)
    stopped = train(corpus, out, tiny_config(8), reporter=recorder, stop_signal=stop_signal)
    assert (stopped.stopped, stopped.steps, stopped.bits_per_byte) == (True, 0, None)
    assert (recorder.evaluations, recorder.steps) == ([], [])
    assert stopped.to_dict()["bits_per_byte_before"] is None
    resumed = train(corpus, out, TrainConfig(resume=True, device="cpu"))
    assert (resumed.stopped, resumed.steps) == (False, 8)


def test_a_stop_saves_the_step_without_an_evaluation(tmp_path: Path, corpus: Path) -> None:
    """The step that an evaluation follows is logged before it begins."""
    stop_signal = StopSignal()

    def stop(stats: StepStats) -> None:
        stop_signal.stop = stop_signal.stop or stats.step == 4

    out, recorder = tmp_path / "out", Recorder(on_step=stop)
    stopped = train(corpus, out, tiny_config(8), reporter=recorder, stop_signal=stop_signal)
    assert (stopped.stopped, stopped.steps) == (True, 4)
    assert [result.step for result in recorder.evaluations] == [0]
    assert (out / ".training" / "checkpoints" / "checkpoint-4").is_dir()
    resumed = train(corpus, out, TrainConfig(resume=True, device="cpu"))
    whole = train(corpus, tmp_path / "whole", tiny_config(8))
    assert logged(resumed, "loss") == logged(whole, "loss")


def test_a_stop_ends_the_last_evaluation_which_a_resumed_run_makes_up_for(
    tmp_path: Path, corpus: Path
) -> None:
    """Nothing is trained any more then, though the epoch is not over."""
    stop_signal = StopSignal()
    recorder = Recorder()

    def stop(activity: str, _done: int, _total: int) -> None:
        is_last = bool(recorder.steps) and recorder.steps[-1].step == 7
        stop_signal.stop = stop_signal.stop or (is_last and activity.startswith("Evaluating"))

    recorder.on_progress = stop
    out = tmp_path / "out"
    stopped = train(corpus, out, tiny_config(7), reporter=recorder, stop_signal=stop_signal)
    assert (stopped.stopped, stopped.steps) == (True, 7)
    assert [result.step for result in recorder.evaluations] == [0, 4]
    assert not (out / "grue.json").exists()
    recorder = Recorder()
    resumed = train(corpus, out, TrainConfig(resume=True, device="cpu"), reporter=recorder)
    assert (resumed.stopped, resumed.steps) == (False, 7)
    assert recorder.steps == []
    assert [result.step for result in recorder.evaluations] == [7]
    whole = train(corpus, tmp_path / "whole", tiny_config(7))
    assert weights(out) == weights(tmp_path / "whole")
    assert (resumed.bits_per_byte, resumed.best_step) == (whole.bits_per_byte, whole.best_step)


def test_a_stop_ends_the_samples_of_an_evaluation(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_signal = StopSignal()
    samples: list[object] = []

    def stop_and_generate(*args: object, **named: Any) -> list[object]:
        stop_signal.stop = True
        samples.extend(generate_samples(*args, **named))
        return samples

    monkeypatch.setattr(loop, "generate_samples", stop_and_generate)
    stopped = train(corpus, tmp_path / "out", tiny_config(4), stop_signal=stop_signal)
    assert (stopped.stopped, stopped.steps, samples) == (True, 0, [])


def test_a_stop_while_a_checkpoint_is_written_ends_the_training_with_it(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_signal = StopSignal()

    def stop_and_commit(part: Path, folder: Path) -> None:
        stop_signal.stop = True
        commit(part, folder)

    monkeypatch.setattr(checkpoints, "commit", stop_and_commit)
    stopped = train(corpus, tmp_path / "out", tiny_config(12), stop_signal=stop_signal)
    assert (stopped.stopped, stopped.steps) == (True, 4)


@pytest.mark.parametrize(
    ("seconds", "agreed"), [(0.01, [1, 11, 21]), (0.5, [1, 5, 9]), (9, [1, 2, 3])]
)
def test_several_processes_agree_on_a_stop_at_least_every_few_seconds(
    seconds: float, agreed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = SimpleNamespace(global_step=0, max_steps=400, log_history=[])
    control = SimpleNamespace(should_save=False, should_training_stop=False, should_evaluate=False)
    args = SimpleNamespace(world_size=2, logging_steps=10, eval_on_start=False, device="cpu")
    steps: list[int] = []
    monkeypatch.setattr(
        progress_callback.dist, "all_reduce", lambda *_: steps.append(state.global_step)
    )
    monkeypatch.setattr(progress_callback.time, "monotonic", lambda: state.global_step * seconds)
    stop_signal = StopSignal()
    callback = ProgressCallback(ProgressReporter(), stop_signal, 1.0, 1.0, None, None, 1, 1e9)
    callback.on_train_begin(args, state, control)
    while len(steps) < 3:
        state.global_step += 1
        callback.on_step_end(args, state, control)
    assert steps == agreed
    stop_signal.stop = True
    while not control.should_training_stop:
        state.global_step += 1
        callback.on_step_end(args, state, control)
    assert len(steps) == 4


def test_progress_is_shown_within_evaluations_and_steps(tmp_path: Path, corpus: Path) -> None:
    recorder = Recorder()
    config = tiny_config(2, overrides={"micro_batch_size": 2, "eval_rows": 5})
    train(corpus, tmp_path / "out", config, reporter=recorder)
    evaluation = [("Evaluating held-out rows", done, 5) for done in range(1, 6)]
    first = [("Micro-batches of step 1/2", done, 4) for done in (1, 2, 3)]
    assert any(activity == "Writing samples" for activity, _, _ in recorder.progress)
    progress = [each for each in recorder.progress if each[0] != "Writing samples"]
    assert progress[:9] == [*evaluation, *first, ("Steps", 1, 2)]


def test_two_trainings_in_one_folder_are_refused(tmp_path: Path, corpus: Path) -> None:
    out, refused = tmp_path / "out", []

    def train_there_too(message: str) -> None:
        if message.startswith("Evaluating"):
            for resume in (False, True):
                with pytest.raises(InputRefused) as error:
                    train(corpus, out, tiny_config(4, resume=resume))
                refused.append(str(error.value))

    train(corpus, out, tiny_config(4), reporter=Recorder(on_message=train_there_too))
    assert len(refused) == 2
    assert all("Another process is training" in sentence for sentence in refused)
    assert (out / "grue.json").is_file()
    assert not (out / ".training").exists()


@pytest.fixture
def interrupted(tmp_path: Path, corpus: Path) -> Path:
    """Return the folder of a training that was stopped after its first step."""
    out = tmp_path / "interrupted"
    assert train(corpus, out, tiny_config(8), stop_signal=StopSignal(stop=True)).stopped
    return out


def test_a_training_is_resumed_only_with_its_own_settings(
    tmp_path: Path, corpus: Path, interrupted: Path
) -> None:
    with pytest.raises(InputRefused, match="Add --resume"):
        train(corpus, interrupted, tiny_config(8))
    with pytest.raises(InputRefused, match="leave out --epochs"):
        train(corpus, interrupted, tiny_config(8, resume=True, overrides={"epochs": 3}))
    with pytest.raises(InputRefused, match="leave out --base"):
        train(corpus, interrupted, replace(tiny_config(8), base="gpt2", resume=True))
    adapter = TrainConfig(resume=True, seed=5, device="cpu", overrides={"method": "lora"})
    with pytest.raises(InputRefused, match="leave out --seed, --method"):
        train(corpus, interrupted, adapter)
    with pytest.raises(InputRefused, match="--fsdp shards the weights over several devices"):
        train(corpus, interrupted, tiny_config(8, resume=True, fsdp=True))
    other = write_corpus(tmp_path / "other", train=31)
    (other / "manifest.json").unlink()
    with pytest.raises(InputRefused, match="the corpus changed"):
        train(other, interrupted, tiny_config(8, resume=True))
    assert (interrupted / ".training" / "run.json").is_file()


def test_a_folder_with_files_in_it_is_left_alone(tmp_path: Path, corpus: Path) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "diary.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(InputRefused, match="not an empty folder"):
        train(corpus, out, tiny_config(8))
    with pytest.raises(InputRefused, match="There is no training to resume"):
        train(corpus, out, tiny_config(8, resume=True))
    assert [entry.name for entry in out.iterdir()] == ["diary.txt"]


def test_a_folder_that_cannot_be_created_is_reported(tmp_path: Path, corpus: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputRefused, match=r"cannot start in .*\. Give another folder with -o\.$"):
        train(corpus, tmp_path / "file" / "out", tiny_config(8))


def test_a_training_that_cannot_start_leaves_nothing_behind(tmp_path: Path, corpus: Path) -> None:
    with (corpus / "train.jsonl").open("a", encoding="utf-8") as file:
        file.write("{")
    with pytest.raises(InputRefused, match="line 31"):
        train(corpus, tmp_path / "out", tiny_config(8))
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputRefused, match="no shape “gpt5”"):
        train(corpus, tmp_path / "out", replace(tiny_config(8), base="gpt5"))
    assert not (tmp_path / "out").exists()


def test_a_folder_that_was_moved_keeps_its_best_checkpoint(tmp_path: Path, corpus: Path) -> None:
    """The first step is the best, since the learning rate is too high; then the folder moves."""
    overrides = {"learning_rate": 10.0, "warmup_steps": 0, "eval_steps": 1}
    stop_signal = StopSignal()

    def stop(result: EvalResult) -> None:
        stop_signal.stop = stop_signal.stop or result.step == 4

    config = finetuning(tmp_path, 8, overrides=overrides)
    whole = train(corpus, tmp_path / "whole", config)
    train(
        corpus,
        tmp_path / "here",
        config,
        reporter=Recorder(on_evaluation=stop),
        stop_signal=stop_signal,
    )
    (tmp_path / "here").rename(tmp_path / "there")
    moved = train(corpus, tmp_path / "there", replace(config, resume=True))
    assert moved.best_step == whole.best_step == 1
    assert weights(tmp_path / "there") == weights(tmp_path / "whole")
