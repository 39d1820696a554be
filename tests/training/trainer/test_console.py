import io
from typing import Any

import pytest
import torch

from tests.training.small_corpus import record
from training.models import shapes
from training.trainer import samples
from training.trainer.console import ConsoleReporter, EvalResult, StepStats, format_duration, told
from training.trainer.samples import Sample

PACE = StepStats(3, 9, 2.5, 12_345.6, 61.0, 7_500.0, mfu=0.423, cost=0.07)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_pace_in_one_line() -> None:
    line = told(PACE)
    assert line == (
        "step 3/9, loss 2.5000, 12,346 tokens/s, MFU 42%, 61 s gone, 2 h 05 min left, cost 0.07"
    )


def test_what_nobody_knows_is_not_told() -> None:
    line = told(StepStats(1, 9, 2.5, 10.0, 1.0, 8.0))
    assert "MFU" not in line
    assert "cost" not in line


def test_on_a_terminal_the_line_is_written_over() -> None:
    terminal = Terminal()
    lines = ConsoleReporter(terminal)
    lines.pace(PACE)
    lines.pace(PACE)
    lines.note("Done.")
    assert terminal.getvalue().count("\n") == 1
    assert terminal.getvalue().endswith("\r\x1b[KDone.\n")


def test_a_log_has_a_line_now_and_then_and_the_last() -> None:
    log = io.StringIO()
    lines = ConsoleReporter(log)
    for step in range(1, 10):
        lines.pace(StepStats(step, 9, 2.5, 10.0, 1.0, 8.0))
    assert [line.split(",")[0] for line in log.getvalue().splitlines()] == ["step 1/9", "step 9/9"]
    assert "\x1b" not in log.getvalue()


def test_a_look_shows_what_the_model_says() -> None:
    log = io.StringIO()
    sample = Sample("The hall.\n\n> You wait.", "Rain\n\nfalls.")
    ConsoleReporter(log).look(EvalResult(8, 1.25, 3.5, best=True, samples=[sample]))
    assert log.getvalue() == (
        "step 8: held-out text 1.2500 bits per byte, loss 3.5000  best so far\n"
        "    > You wait.\n    Rain falls.\n"
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (89, "89 s"), (600, "10 min"), (5_460, "1 h 31 min"), (90_000, "25 h 00 min")],
)
def test_times_as_people_say_them(seconds: float, said: str) -> None:
    assert format_duration(seconds) == said


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    texts = ["".join(span["text"] for span in record(n)["spans"]) for n in range(20)]
    return shapes.new_tokenizer(texts, 300)


def test_samples_are_the_same_each_time_and_leave_chance_alone(tokenizer: Any) -> None:
    model = shapes.new_model(shapes.shape("gpt2-tiny"), tokenizer, seed=1).train()
    before = torch.random.get_rng_state()
    first = samples.generate_samples(model, tokenizer, seed=3, tokens=8)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert model.training
    assert samples.generate_samples(model, tokenizer, seed=3, tokens=8) == first
    assert samples.generate_samples(model, tokenizer, seed=4, tokens=8) != first
    assert [sample.prompt.rsplit("\n", 1)[-1][:2] for sample in first] == ["> "] * 3


def test_random_weights_are_the_seeds(tokenizer: Any) -> None:
    first, again, other = (
        shapes.load_from_scratch("gpt2-tiny", tokenizer, seed=seed) for seed in (1, 1, 2)
    )
    assert torch.equal(first.model.transformer.wte.weight, again.model.transformer.wte.weight)
    assert first.sha256 == again.sha256 != other.sha256
    assert first.model.config.n_ctx == 256
