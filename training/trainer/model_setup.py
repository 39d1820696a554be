"""Provides what is done to a model before it learns: an adapter, frozen layers, a padded
vocabulary, compiled blocks; and how its weights are taken out of all that again.

Knows nothing of data or of the loop.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from transformers.loss.loss_utils import ForCausalLMLoss
from transformers.pytorch_utils import Conv1D

from dungeon.errors import InputRefused
from training.trainer.plan import Plan

CONV1D_TARGETS = ["c_attn", "c_proj", "c_fc"]
"""Every matrix of a GPT-2 block. The output stays: it is the embedding, too, and merging would go
wrong."""

ALPHA = 2
"""The adapter's scale over its rank: 32 for rank 16, as in "LoRA without regret"."""

VOCABULARY_MULTIPLE = 128
"""50,257 becomes 50,304, which the matrix units take without a remainder."""


@dataclass(frozen=True, slots=True)
class PreparedModel:
    """A model that is ready to learn."""

    model: Any
    """The whole, with the adapter where there is one."""
    vocabulary: int
    """Its true number of tokens, whatever the matrices are padded to."""
    gathered: dict[str, Any] | None = None
    """All weights, where the model itself holds only a part of them."""

    @property
    def is_adapter(self) -> bool:
        """Whether only an adapter learns."""
        return hasattr(self.model, "peft_config")

    def state(self) -> dict[str, Any]:
        """Return the weights without what the vocabulary was padded with."""
        state = dict(self.model.state_dict() if self.gathered is None else self.gathered)
        if self.is_adapter:
            return state
        shared = getattr(self.model.config.get_text_config(), "tie_word_embeddings", False)
        for name in _vocabulary_weights(self.model):
            if shared and name != _vocabulary_weights(self.model)[0]:
                state.pop(name, None)  # saved once
            elif name in state and state[name].shape[0] > self.vocabulary:
                state[name] = state[name][: self.vocabulary].clone()
        return state

    def with_state(self, state: dict[str, Any] | None) -> "PreparedModel":
        """Return the same with weights that were gathered from several processes."""
        return replace(self, gathered=state)

    def save_pretrained(self, save_directory: str, **options: Any) -> None:
        """Write the weights, or the adapter, and the configuration into a folder."""
        if self.is_adapter:
            options["save_embedding_layers"] = False  # else it asks the hub whether they changed
        self.model.save_pretrained(save_directory, state_dict=self.state(), **options)


def prepare_model(
    model: Any, plan: Plan, *, freeze_layers: int = 0, reference: str = ""
) -> PreparedModel:
    """Return `model` ready to learn as `plan` says; what is frozen is frozen.

    `reference` is what the base is called, which an adapter notes down.
    """
    vocabulary = int(model.config.get_text_config().vocab_size)
    model.loss_type = "ForCausalLM"  # left unsaid, transformers guesses it with a warning
    for each in frozen(model, freeze_layers):
        each.requires_grad = False
    if plan.method == "full":
        return PreparedModel(model, vocabulary)
    return PreparedModel(_adapted(model, plan.rank, reference), vocabulary)


def blocks(model: Any) -> list[nn.Module]:
    """Return the layers of a model: the longest list of modules in it."""
    lists = [module for module in model.modules() if isinstance(module, nn.ModuleList)]
    return max((list(found) for found in lists), key=len, default=[])


def frozen(model: Any, layers: int) -> list[nn.Parameter]:
    """Return the weights of the first layers and of the embeddings below them: with those frozen,
    nothing is computed back through them. Raises InputRefused where nothing would be left to learn.
    """
    if layers == 0:
        return []
    found = blocks(model)
    if layers >= len(found):
        raise InputRefused(
            f"The model has {len(found)} layers; with {layers} frozen nothing is left to learn. "
            f"Give at most {len(found) - 1} with --freeze-layers."
        )
    embeddings = [module for module in model.modules() if isinstance(module, nn.Embedding)]
    modules = (*embeddings, *found[:layers])
    return list(dict.fromkeys(each for module in modules for each in module.parameters()))


def pad_vocabulary(model: Any, multiple: int = VOCABULARY_MULTIPLE) -> None:
    """Pad the vocabulary's matrices; what the model says stays as it was.

    The rows that are added are cut off again behind the output: with zeros for weights they would
    be likelier than any word of GPT-2, whose logits are far below zero.
    """
    config = model.config.get_text_config()
    size = config.vocab_size
    if size % multiple == 0:
        return
    model.resize_token_embeddings(size, pad_to_multiple_of=multiple, mean_resizing=False)
    config.vocab_size = size
    with torch.no_grad():
        for embedding in {model.get_input_embeddings(), model.get_output_embeddings()}:
            embedding.weight[size:] = 0
    model.get_output_embeddings().register_forward_hook(_cut_to(size))


def compile_blocks(model: Any, *, backend: str = "inductor") -> None:
    """Compile each layer, and the loss, where they stand.

    A whole-model graph would build a mask and lose the flash kernel; one layer's graph serves all.
    The loss then casts and sums without copies of the logits.
    """
    torch._dynamo.config.suppress_errors = True  # a layer that cannot be compiled runs as it is
    for block in blocks(model):
        block.compile(backend=backend)
    model.loss_function = torch.compile(ForCausalLMLoss, backend=backend)


def _cut_to(size: int) -> Callable[[nn.Module, Any, torch.Tensor], torch.Tensor]:
    def cut(_module: nn.Module, _inputs: Any, logits: torch.Tensor) -> torch.Tensor:
        kept = logits[..., :size]
        return kept.contiguous() if kept.dtype == torch.float32 else kept  # the loss casts others

    return cut


def _vocabulary_weights(model: Any) -> list[str]:
    """Return the names of the matrices with a row for each token, the input's first."""
    wanted = [model.get_input_embeddings(), model.get_output_embeddings()]
    names = {module: name for name, module in model.named_modules() if module in wanted}
    return [f"{names[module]}.weight" for module in wanted if module in names]


def _adapted(model: Any, rank: int, reference: str) -> Any:
    from peft import LoraConfig, get_peft_model

    conv = any(isinstance(module, Conv1D) for module in model.modules())
    config = LoraConfig(
        r=rank,
        lora_alpha=ALPHA * rank,
        lora_dropout=0.0,
        target_modules=CONV1D_TARGETS if conv else "all-linear",
        fan_in_fan_out=conv,
        task_type="CAUSAL_LM",
    )
    with warnings.catch_warnings():  # peft still asks by the old name whether memory is saved
        warnings.filterwarnings("ignore", ".is_gradient_checkpointing. is deprecated")
        adapted = get_peft_model(model, config)
    adapted.peft_config["default"].base_model_name_or_path = reference
    return adapted
