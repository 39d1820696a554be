import io
from typing import Any

import pytest
import torch

from tests.rows import every_row
from tests.training.small_corpus import record
from training.models import shapes
from training.models.record import Sample, format_duration
from training.trainer import samples
from training.trainer.console import ConsoleReporter, EvalResult, StepStats, format_step

STATS = StepStats(3, 9, 2.5, 12_345.6, 61.0, 7_500.0, mfu=0.423, cost=0.07)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_step_is_formatted_in_one_line() -> None:
    line = format_step(STATS)
    assert line == (
        "step 3/9, loss 2.5000, 12,346 tokens/s, MFU 42%, 61 s elapsed, 2 h 05 min left, cost 0.07"
    )


def test_unknown_values_are_left_out() -> None:
    line = format_step(StepStats(1, 9, 2.5, 10.0, 1.0, 8.0))
    assert "MFU" not in line
    assert "cost" not in line


def test_on_a_terminal_the_status_line_is_rewritten() -> None:
    terminal = Terminal()
    reporter = ConsoleReporter(terminal)
    reporter.log_step(STATS)
    reporter.log_step(STATS)
    reporter.log("Done.")
    assert terminal.getvalue().count("\n") == 1
    assert terminal.getvalue().endswith("\r\x1b[KDone.\n")


def test_without_a_terminal_few_steps_and_the_last_one_are_written() -> None:
    log = io.StringIO()
    reporter = ConsoleReporter(log)
    for step in range(1, 10):
        reporter.log_step(StepStats(step, 9, 2.5, 10.0, 1.0, 8.0))
    assert [line.split(",")[0] for line in log.getvalue().splitlines()] == ["step 1/9", "step 9/9"]
    assert "\x1b" not in log.getvalue()


def test_progress_is_rewritten_on_a_terminal_within_its_width() -> None:
    terminal = Terminal()
    reporter = ConsoleReporter(terminal)
    for done in range(1, 4):
        reporter.log_progress("Evaluating " + 200 * "x", done, 1_200)
    assert "\n" not in terminal.getvalue()
    assert max(map(len, terminal.getvalue().split("\r\x1b[K"))) < 200


def test_without_a_terminal_progress_is_written_when_nothing_else_was() -> None:
    log = io.StringIO()
    reporter = ConsoleReporter(log)
    for done in range(1, 100):
        reporter.log_progress("Evaluating held-out rows", done, 1_200)
    reporter.log_step(STATS)
    assert log.getvalue().splitlines() == [
        "Evaluating held-out rows: 1 of 1,200",
        format_step(STATS),
    ]


def test_an_evaluation_shows_samples() -> None:
    log = io.StringIO()
    sample = Sample("The hall.\n\n> You wait.", "Rain\n\nfalls.")
    ConsoleReporter(log).log_evaluation(EvalResult(8, 1.25, 3.5, is_best=True, samples=[sample]))
    assert log.getvalue() == (
        "step 8: held-out text 1.2500 bits per byte, loss 3.5000  best so far\n"
        "    > You wait.\n    Rain falls.\n"
    )


@every_row(
    ("seconds", "text"),
    [(0.4, "0 s"), (89, "89 s"), (600, "10 min"), (5_460, "1 h 31 min"), (90_000, "25 h 00 min")],
)
def test_durations_are_formatted_for_people(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    texts = ["".join(span["text"] for span in record(n)["spans"]) for n in range(20)]
    return shapes.train_tokenizer(texts, 300)


def test_samples_depend_on_the_seed_only_and_leave_the_global_rng_alone(tokenizer: Any) -> None:
    model = shapes.create_model(shapes.get_shape("gpt2-tiny"), tokenizer, seed=1).train()
    before = torch.random.get_rng_state()
    first = samples.generate_samples(model, tokenizer, seed=3, max_tokens=8)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert model.training
    assert samples.generate_samples(model, tokenizer, seed=3, max_tokens=8) == first
    assert samples.generate_samples(model, tokenizer, seed=4, max_tokens=8) != first
    assert [sample.prompt.rsplit("\n", 1)[-1][:2] for sample in first] == ["> "] * 3


def test_random_weights_depend_on_the_seed(tokenizer: Any) -> None:
    first, again, other = (
        shapes.create_from_scratch("gpt2-tiny", tokenizer, seed=seed) for seed in (1, 1, 2)
    )
    assert torch.equal(first.model.transformer.wte.weight, again.model.transformer.wte.weight)
    assert first.sha256 == again.sha256 != other.sha256
    assert first.model.config.n_ctx == 256
