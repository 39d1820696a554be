"""Prepare a model for training: LoRA adapter, frozen layers, padded vocabulary, chunked loss.

`PreparedModel` takes the weights out of all that again.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from transformers.loss.loss_utils import ForCausalLMLoss
from transformers.pytorch_utils import Conv1D

from dungeon.errors import InputRefused
from dungeon.text.counts import count
from dungeon.text.error_words import did_you_mean, in_quotes
from training.trainer.chunked_loss import ChunkedLoss, chunk_loss
from training.trainer.plan import Plan

ALL_MODULES = "all-linear"
"""PEFT's name for every matrix of the layers."""

VOCABULARY_MULTIPLE = 128
"""50,257 becomes 50,304, which tensor cores process without a remainder."""


@dataclass(frozen=True, slots=True)
class PreparedModel:
    """A model that is ready for training."""

    model: Any
    """The whole model, wrapped by PEFT where there is an adapter."""
    vocab_size: int
    """The true number of tokens, whatever the matrices are padded to."""
    chunked_loss: ChunkedLoss | None = None
    """None where the model computes its own loss, from all its logits."""
    full_state: dict[str, Any] | None = None
    """All weights, gathered from several processes, where the model itself holds only a shard."""
    is_compiled: bool = False
    """Whether its layers are compiled, which happens in their first forward and backward pass."""

    @property
    def is_adapter(self) -> bool:
        """Whether only an adapter is trained."""
        return hasattr(self.model, "peft_config")

    def state_dict(self) -> dict[str, Any]:
        """Return the weights without vocabulary padding; tied weights appear once."""
        state = dict(self.model.state_dict() if self.full_state is None else self.full_state)
        if self.is_adapter:
            return state
        is_tied = getattr(self.model.config.get_text_config(), "tie_word_embeddings", False)
        names = _vocabulary_weights(self.model)
        for name in names:
            if is_tied and name != names[0]:
                state.pop(name, None)
            elif name in state and state[name].shape[0] > self.vocab_size:
                state[name] = state[name][: self.vocab_size].clone()
        return state

    def save_pretrained(self, save_directory: str, **options: Any) -> None:
        """Write the weights, or the adapter, and the configuration into a folder."""
        if self.is_adapter:
            options["save_embedding_layers"] = False  # else PEFT asks the hub whether they changed
        self.model.save_pretrained(save_directory, state_dict=self.state_dict(), **options)


def prepare_model(
    model: Any, plan: Plan, *, freeze_layers: int = 0, reference: str = "", bf16: bool = False
) -> PreparedModel:
    """Return `model` ready for training by `plan`, with parameters frozen as asked.

    `reference` names the base; an adapter records it. `bf16` says whether the device is fast in
    bfloat16: the frozen matrices below an adapter are then kept in it. Raises InputRefused where
    all layers would be frozen.
    """
    vocab_size = int(model.config.get_text_config().vocab_size)
    model.loss_type = "ForCausalLM"  # transformers would guess it, with a warning
    chunked_loss = chunk_loss(model)
    for parameter in parameters_to_freeze(model, freeze_layers):
        parameter.requires_grad = False
    if plan.method == "full":
        return PreparedModel(model, vocab_size, chunked_loss)
    adapted = _add_adapter(model, plan, freeze_layers, reference)
    if bf16 and not plan.fsdp:  # which shards tensors of one dtype
        _halve_frozen_matrices(adapted)
    return PreparedModel(adapted, vocab_size, chunked_loss)


def transformer_layers(model: Any) -> list[nn.Module]:
    """Return the layers of a model: its longest module list."""
    lists = [module for module in model.modules() if isinstance(module, nn.ModuleList)]
    return max((list(found) for found in lists), key=len, default=[])


def parameters_to_freeze(model: Any, layers: int) -> list[nn.Parameter]:
    """Return the parameters of the first `layers` layers and of the embeddings.

    With the embeddings frozen too, no gradient is computed through these layers. Raises
    InputRefused where no layer would be left to train.
    """
    if layers == 0:
        return []
    found = transformer_layers(model)
    if layers >= len(found):
        raise InputRefused(
            f"The model has {count(len(found), 'layer')}; with {layers} frozen nothing is left to "
            f"train. Give at most {len(found) - 1} with --freeze-layers."
        )
    embeddings = [module for module in model.modules() if isinstance(module, nn.Embedding)]
    modules = (*embeddings, *found[:layers])
    return list(dict.fromkeys(each for module in modules for each in module.parameters()))


def pad_vocabulary(model: Any, multiple: int = VOCABULARY_MULTIPLE) -> None:
    """Pad the vocabulary matrices (vocab_size, hidden_size) to a multiple of rows.

    The logits of the added rows are cut off, so (batch, length, vocab_size) stays as it was: with
    zero weights they would be likelier than any token of GPT-2, whose logits are far below zero.
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
    model.get_output_embeddings().register_forward_hook(_cut_logits(size))


def compile_layers(
    model: Any, chunked_loss: ChunkedLoss | None = None, *, backend: str = "inductor"
) -> None:
    """Compile each layer, and the loss, in place.

    Compiling the whole model would build a mask and lose the flash kernel; one graph serves all
    layers. The compiled loss casts and sums without copies of the logits.
    """
    torch._dynamo.config.suppress_errors = True  # a layer that cannot be compiled runs as it is
    for layer in transformer_layers(model):
        layer.compile(backend=backend)
    if chunked_loss is None:
        model.loss_function = torch.compile(ForCausalLMLoss, backend=backend)
    else:
        chunked_loss.compile(backend)


def _cut_logits(size: int) -> Callable[[nn.Module, Any, torch.Tensor], torch.Tensor]:
    def cut(_module: nn.Module, _inputs: Any, logits: torch.Tensor) -> torch.Tensor:
        kept = logits[..., :size]
        return kept.contiguous() if kept.dtype == torch.float32 else kept  # the loss casts others

    return cut


def _vocabulary_weights(model: Any) -> list[str]:
    """Return the names of the weights with a row per token, the input embedding first."""
    modules = [model.get_input_embeddings(), model.get_output_embeddings()]
    names = {module: name for name, module in model.named_modules() if module in modules}
    return [f"{names[module]}.weight" for module in modules if module in names]


def target_modules(model: Any, wanted: str) -> list[str]:
    """Return the names of the modules to adapt: those `wanted`, or every matrix of the layers.

    The output layer is never among them: it may be tied to the embedding, and merging an adapter
    into it would change both. Raises InputRefused for a name that no layer has.
    """
    found = {
        _module_name(path)
        for layer in transformer_layers(model)
        for path, module in layer.named_modules()
        if isinstance(module, (nn.Linear, Conv1D))
    }
    if wanted == ALL_MODULES:
        return sorted(found)
    names = sorted({name.strip() for name in wanted.split(",")})
    for name in names:
        if name not in found:
            raise InputRefused(
                f"The layers of the model have no module {in_quotes(name)} to adapt."
                f"{did_you_mean(name, found)} Give some of {', '.join(sorted(found))} with "
                "--lora-target-modules."
            )
    return names


def _module_name(path: str) -> str:
    """Return the last part of a module's path, and the one before a number, which is no name."""
    *before, last = path.split(".")
    return ".".join([*before[-1:], last]) if last.isdigit() else last


def _add_adapter(model: Any, plan: Plan, freeze_layers: int, reference: str) -> Any:
    from peft import LoraConfig, get_peft_model
    from peft.tuners.tuners_utils import BaseTunerLayer

    config = LoraConfig(
        r=plan.lora_rank,
        lora_alpha=plan.lora_alpha,
        lora_dropout=plan.lora_dropout,
        use_rslora=plan.rslora,
        use_dora=plan.dora,
        target_modules=target_modules(model, plan.lora_target_modules),
        layers_to_transform=_later_layers(model, freeze_layers),
        fan_in_fan_out=any(isinstance(module, Conv1D) for module in model.modules()),
        task_type="CAUSAL_LM",
    )
    with without_peft_warning():
        adapted = get_peft_model(model, config)
    adapted.peft_config["default"].base_model_name_or_path = reference
    for module in adapted.modules():
        if isinstance(module, BaseTunerLayer):
            tuner: Any = module
            tuner.cast_input_dtype_enabled = False  # autocast casts; PEFT would cast back before it
    return adapted


@contextmanager
def without_peft_warning() -> Iterator[None]:
    """Hide in this block that PEFT reads gradient checkpointing by its old name."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".is_gradient_checkpointing. is deprecated")
        yield


def _halve_frozen_matrices(model: Any) -> None:
    """Keep frozen matrices in bfloat16, in which autocast multiplies them anyway.

    It would cast them in every micro-batch, and keep both copies. Embeddings are cast up again, so
    that hidden states are added up in float32 as before. The saved adapter names the base, whose
    own weights it is merged into.
    """
    for parameter in model.parameters():
        if parameter.dim() > 1 and not parameter.requires_grad:
            parameter.data = parameter.data.bfloat16()
    for module in model.modules():
        if isinstance(module, nn.Embedding):
            module.register_forward_hook(lambda _module, _inputs, output: output.float())


def _later_layers(model: Any, freeze_layers: int) -> list[int] | None:
    """Return the numbers of the layers after the first ones, or None for all."""
    count = len(transformer_layers(model))
    return list(range(freeze_layers, count)) if freeze_layers else None
