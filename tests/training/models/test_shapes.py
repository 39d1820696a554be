import pytest
from click.testing import CliRunner

from tests.rows import every_row
from tests.training.small_models import tokenizer
from training.cli.train import train
from training.models.shapes import SHAPES, Shape, create_model


@pytest.mark.parametrize(("name", "millions"), [("gpt2-3m", 3), ("gpt2-10m", 10), ("gpt2-30m", 30)])
def test_a_named_size_is_about_that_many_parameters(name: str, millions: int) -> None:
    """With the vocabulary it is meant for, which takes at most a quarter of them."""
    shape = SHAPES[name]
    words = tokenizer()
    model = create_model(shape, words, seed=0)
    embedding = (shape.vocabulary - len(words)) * shape.width
    parameters = sum(each.numel() for each in model.parameters()) + embedding
    assert parameters == pytest.approx(millions * 1e6, rel=0.1)
    assert shape.vocabulary * shape.width <= parameters / 4 + 0.01 * parameters


@every_row("shape", SHAPES.values())
def test_every_head_suits_the_flash_kernel(shape: Shape) -> None:
    assert shape.width % shape.heads == 0
    assert shape.width // shape.heads % 8 == 0


def test_the_help_names_every_shape() -> None:
    words = CliRunner().invoke(train, ["--help"]).stdout.replace(",", " ").replace(".", " ").split()
    assert set(SHAPES) <= set(words)
