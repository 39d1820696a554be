"""Tests of the generator on transformers, with tiny random models."""

import asyncio
import threading
from contextlib import aclosing
from dataclasses import replace

import pytest
import torch
import transformers

from dungeon.errors import GeneratorError, PromptTooLong
from dungeon.generator import Finished, PrefillProgress, Request, TextChunk
from dungeon.generator.llama_cpp import LlamaCppGenerator
from dungeon.generator.llama_launcher import LlamaSettings
from dungeon.generator.torch import TorchGenerator, TorchSettings
from dungeon.settings.sampling import Sampling
from dungeon.text.phrases import BannedPhrases, normalise
from tests.patience import HUNG
from tests.training import small_models
from training.export.gguf import export_gguf
from training.models.loading import load_causal_lm

GREEDY = Sampling(temperature=0, repeat_penalty=1, dry_multiplier=0)
OPENING = "You are a ferryman on a wide grey river."
LONG = OPENING + " You row on through the rain." * 8


def request(prompt=OPENING, max_tokens=12, seed=5, sampling=None, stop=()):
    return Request(prompt, max_tokens, sampling or Sampling(), seed, stop)


async def reply(generator, asked):
    async with aclosing(generator.stream(asked)) as events:
        return [event async for event in events]


def chunks_of(events):
    return [event for event in events if isinstance(event, TextChunk)]


def text_of(events):
    return "".join(chunk.text for chunk in chunks_of(events))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    place = tmp_path_factory.mktemp("models")
    words = small_models.tokenizer()
    small_models.save(place / "gpt2", small_models.gpt2(positions=512), words)
    words = small_models.tokenizer("smollm")
    small_models.save(place / "llama", small_models.llama(positions=512), words)
    return place


def made(folder, **options):
    """Return a generator in float32, whose words are those of the reference."""
    length = options.pop("context_length", 400)
    return TorchGenerator(
        TorchSettings((folder,), device="cpu", dtype=torch.float32, **options),
        name=folder.name, sha256="ab", context_length=length,
    )  # fmt: skip


@pytest.fixture(params=["gpt2", "llama"])
async def generator(request, folders):
    opened = made(folders / request.param)
    yield opened
    await opened.close()


@pytest.fixture
async def gpt2(folders):
    opened = made(folders / "gpt2")
    yield opened
    await opened.close()


class Steps:
    """Counts the steps of every model, and holds one of them until the test lets it go."""

    def __init__(self, hold):
        self.taken = 0
        self._hold = hold
        self._held, self._go = threading.Event(), threading.Event()

    def __call__(self, module, _):
        if (
            not isinstance(module, transformers.PreTrainedModel)
            or module.get_output_embeddings() is None
        ):
            return
        self.taken += 1
        if self.taken == self._hold:
            self._held.set()
            assert self._go.wait(HUNG)

    async def held(self):
        """Wait until the step is held: only a loop that lives can."""
        async with asyncio.timeout(HUNG):
            while not self._held.is_set():
                await asyncio.sleep(0.001)

    async def let_go(self):
        """Let the step go once everybody else has done what is to be done now."""
        for _ in range(10):
            await asyncio.sleep(0)
        self._go.set()


@pytest.fixture
def steps():
    """The sixth step is held: the prompt is read, and five tokens are written."""
    counter = Steps(hold=6)
    handle = torch.nn.modules.module.register_module_forward_pre_hook(counter)
    yield counter
    handle.remove()


def plainly(folder, prompt, count):
    """What the whole model writes greedily, without any cache of ours."""
    model = transformers.AutoModelForCausalLM.from_pretrained(folder)
    words = transformers.AutoTokenizer.from_pretrained(folder)
    ids = words(prompt, return_tensors="pt")["input_ids"]
    with torch.no_grad():
        for _ in range(count):
            best = model(ids, use_cache=False).logits[0, -1].argmax()
            ids = torch.cat([ids, best.view(1, 1)], dim=1)
    return ids[0, -count:].tolist(), words


async def test_a_greedy_reply_is_that_of_the_whole_model(generator, folders):
    name = generator.model.name
    ids, words = plainly(folders / name, OPENING, 12)
    events = await reply(generator, request(sampling=GREEDY))
    end = ids.index(words.eos_token_id) if words.eos_token_id in ids else 12
    expected = words.decode(ids[:end]).replace("\ufffd", "")
    assert text_of(events).replace("\ufffd", "") == expected
    assert isinstance(events[0], PrefillProgress)
    finished = events[-1]
    assert finished == Finished("stop" if end < 12 else "length", finished.usage)
    assert finished.usage.tokens == end
    assert finished.usage.prompt_tokens == await generator.count_tokens(OPENING)


async def test_a_seed_repeats_a_reply(generator):
    first = text_of(await reply(generator, request()))
    assert first
    assert text_of(await reply(generator, request())) == first
    assert text_of(await reply(generator, request(seed=6))) != first


async def test_only_the_new_part_of_a_prompt_is_read(generator):
    await reply(generator, request(LONG))
    whole = await generator.count_tokens(LONG)
    more = LONG + "\n\n> You sing."
    (*_, finished) = await reply(generator, request(more, max_tokens=3))
    assert finished.usage.prompt_tokens_evaluated == await generator.count_tokens(more) - whole
    cached = await reply(generator, request(more, sampling=GREEDY))
    await generator.close()
    fresh = await reply(generator, request(more, sampling=GREEDY))
    assert fresh[-1].usage.prompt_tokens_evaluated == await generator.count_tokens(more)
    assert text_of(cached) == text_of(fresh)


async def test_a_prefetched_prompt_is_not_read_again(generator):
    (*_, finished) = await reply(generator, request(LONG, max_tokens=0))
    assert finished == Finished("length", finished.usage)
    assert finished.usage.tokens == 0
    assert finished.usage.prompt_tokens_evaluated > 50
    (*_, finished) = await reply(generator, request(LONG, max_tokens=3))
    assert finished.usage.prompt_tokens_evaluated == 1


async def test_another_prompt_does_not_use_the_cache_of_the_last_one(generator):
    other = "The king is dead. " * 10
    alone = text_of(await reply(generator, request(other, sampling=GREEDY)))
    await reply(generator, request(LONG))
    assert text_of(await reply(generator, request(other, sampling=GREEDY))) == alone


async def test_a_stop_string_ends_the_reply_and_is_not_part_of_it(gpt2):
    asked = request(max_tokens=40, sampling=GREEDY)
    whole = text_of(await reply(gpt2, asked))
    stop = whole[6:9]
    events = await reply(gpt2, request(max_tokens=40, sampling=GREEDY, stop=(stop, "never")))
    assert text_of(events) == whole[: whole.index(stop)]
    assert events[-1].reason == "stop"
    assert events[-1].usage.tokens < 40


async def test_a_banned_phrase_is_written_differently(generator):
    asked = request(sampling=GREEDY)
    free = text_of(await reply(generator, asked))
    words = normalise(free).split()
    banned = BannedPhrases([words[0], words[-1]])
    events = await reply(generator, replace(asked, banned_phrases=banned))
    assert banned.scan(free, is_whole=True).phrase_start is not None
    assert banned.scan(text_of(events), is_whole=True).phrase_start is None


async def test_a_token_is_listed_with_what_else_it_could_have_been(generator):
    asked = request(sampling=Sampling(temperature=1.0))
    assert not any(chunk.alternatives for chunk in chunks_of(await reply(generator, asked)))
    chunks = chunks_of(await reply(generator, replace(asked, lists_alternatives=True)))
    listed = [chunk for chunk in chunks if chunk.alternatives]
    assert len(listed) > len(chunks) / 2
    for chunk in listed:
        assert chunk.text not in {other.text for other in chunk.alternatives}
        others = sum(other.probability for other in chunk.alternatives)
        assert 0 < others < 1
        assert 0 < chunk.probability <= 1 - others + 1e-6


async def test_the_tokens_of_a_reply_are_scored_as_the_whole_model_does(generator, folders):
    tokens = await generator.score_tokens(OPENING, "You see a caf\u00e9.")
    assert "".join(token.text for token in tokens) == "You see a caf\u00e9."
    words = transformers.AutoTokenizer.from_pretrained(folders / generator.model.name)
    model = transformers.AutoModelForCausalLM.from_pretrained(folders / generator.model.name)
    ids = words(OPENING).input_ids
    ids += words("\n\nYou see a caf\u00e9.", add_special_tokens=False).input_ids
    with torch.no_grad():
        likeliest = model(torch.tensor([ids])).logits[0, -2].softmax(-1).topk(40).values.tolist()
    for other in tokens[-1].alternatives[:5]:
        assert any(other.probability == pytest.approx(each, rel=0.1) for each in likeliest)


async def test_a_prompt_that_is_too_long_is_an_error_with_numbers(gpt2):
    with pytest.raises(PromptTooLong) as failed:
        await reply(gpt2, request(LONG * 4))
    assert failed.value.prompt_tokens > failed.value.context_length == 400
    assert text_of(await reply(gpt2, request()))


async def test_prompt_and_reply_fit_the_context(folders):
    prompt = await made(folders / "gpt2").count_tokens(LONG)
    generator = made(folders / "gpt2", context_length=prompt + 5)
    (*_, finished) = await reply(generator, request(LONG, max_tokens=50, sampling=GREEDY))
    assert finished.usage.tokens <= 5
    await generator.close()
    wide = made(folders / "gpt2", context_length=10**6)
    await wide.open()
    assert wide.model.context_length == 512
    await wide.close()


async def test_stopping_during_decoding_frees_the_engine(gpt2, steps):
    events = gpt2.stream(request(max_tokens=300))
    while not isinstance(await anext(events), TextChunk):
        pass
    await steps.held()
    stopping = asyncio.create_task(events.aclose())
    await steps.let_go()
    await stopping
    assert steps.taken == 6
    assert isinstance((await reply(gpt2, request(max_tokens=1)))[-1], Finished)


async def test_cancelling_the_reader_frees_the_engine_and_keeps_the_prefix_cache(gpt2, steps):
    task = asyncio.create_task(reply(gpt2, request(LONG, max_tokens=300)))
    await steps.held()
    task.cancel()
    await steps.let_go()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps.taken == 6
    ahead = await reply(gpt2, request(LONG, max_tokens=4, sampling=GREEDY))
    assert ahead[-1].usage.prompt_tokens_evaluated == 1
    await gpt2.close()
    assert text_of(await reply(gpt2, request(LONG, max_tokens=4, sampling=GREEDY))) == text_of(
        ahead
    )


async def test_closing_ends_a_reply_in_progress(gpt2, steps):
    task = asyncio.create_task(reply(gpt2, request(max_tokens=350)))
    await steps.held()
    closing = asyncio.create_task(gpt2.close())
    await steps.let_go()
    await closing
    events = await task
    assert steps.taken == 6
    assert not isinstance(events[-1], Finished)
    assert text_of(await reply(gpt2, request()))


def torch_threads():
    return {thread for thread in threading.enumerate() if thread.name.startswith("torch")}


async def test_the_event_loop_is_not_blocked(gpt2, steps):
    before = torch_threads()  # of generators that other tests left to the garbage collector
    working = asyncio.create_task(reply(gpt2, request(LONG, max_tokens=60)))
    await steps.held()
    assert torch_threads() - before
    await steps.let_go()
    assert isinstance((await working)[-1], Finished)
    await gpt2.close()
    assert not torch_threads() - before


async def test_special_tokens_that_are_typed_are_plain_text(gpt2):
    assert await gpt2.count_tokens("<|endoftext|>") > 3
    (*_, finished) = await reply(gpt2, request("Say <|endoftext|>", max_tokens=1))
    assert finished.usage.prompt_tokens > 4


async def test_the_reply_is_clean(folders, tmp_path):
    words = small_models.tokenizer()
    model = small_models.gpt2()
    escape = words.convert_tokens_to_ids(words.tokenize("\x1b"))[0]
    torch.nn.init.zeros_(model.transformer.ln_f.weight)
    model.transformer.ln_f.bias.data = model.transformer.wte.weight.data[escape] * 99
    small_models.save(tmp_path / "loud", model, words)
    generator = made(tmp_path / "loud")
    events = await reply(generator, request(sampling=GREEDY, max_tokens=5))
    assert events[-1].usage.tokens == 5
    assert text_of(events) == ""
    await generator.close()


@pytest.mark.parametrize("name", ["gpt2", "llama"])
async def test_a_static_cache_works_where_nothing_can_be_compiled(folders, name):
    plain, fixed = made(folders / name), made(folders / name, compiler="no such compiler")
    for prompt in (OPENING, LONG, LONG + " You sing.", OPENING):
        asked = request(prompt, sampling=GREEDY)
        there, here = await reply(fixed, asked), await reply(plain, asked)
        assert text_of(there) == text_of(here)
        assert there[-1] == here[-1]
    await plain.close()
    await fixed.close()


@pytest.mark.soak
@pytest.mark.parametrize("name", ["gpt2", "llama"])
async def test_a_compiled_step_on_a_static_cache_gives_the_same_reply(folders, name):
    """What CUDA gets; traced in full, and run by the processor."""
    plain, fixed = made(folders / name), made(folders / name, compiler="eager")
    for prompt in (OPENING, LONG, LONG + " You sing.", OPENING):
        asked = request(prompt, sampling=GREEDY)
        assert text_of(await reply(fixed, asked)) == text_of(await reply(plain, asked))
    await plain.close()
    await fixed.close()
    torch.compiler.reset()


@pytest.mark.parametrize("name", ["gpt2", "llama"])
async def test_it_samples_as_llama_cpp_does_with_the_same_weights(folders, tmp_path, name):
    """The words are the same until two tokens lie closer together than the engines' rounding."""
    export_gguf(
        load_causal_lm(str(folders / name), models=tmp_path / "models"), tmp_path / "a.gguf", "F32"
    )
    ours = made(folders / name)
    theirs = LlamaCppGenerator(LlamaSettings(tmp_path / "a.gguf", "a", 400))
    prompt = "You are a ferryman. You row on. You row on. You row"
    for changes in (
        {"repeat_penalty": 1.0, "dry_multiplier": 0.0},
        {"repeat_penalty": 1.2, "dry_multiplier": 0.0},
        {"repeat_penalty": 1.0, "dry_multiplier": 2.0, "dry_allowed_length": 1},
        {"repeat_penalty": 1.08, "repeat_last_n": 20, "dry_allowed_length": 2},
    ):
        asked = request(prompt, 60, sampling=Sampling(temperature=0, **changes))
        one, other = await reply(ours, asked), await reply(theirs, asked)
        assert text_of(one)[:45] == text_of(other)[:45]
        assert one[-1] == other[-1]
    await ours.close()
    await theirs.close()


async def test_an_adapter_is_merged_when_the_model_is_loaded(folders, tmp_path):
    model = small_models.gpt2(positions=512)
    adapter = small_models.adapter_folder(tmp_path / "mine", folders / "gpt2", model)
    plain = made(folders / "gpt2")
    adapted = TorchGenerator(
        TorchSettings((folders / "gpt2", adapter), device="cpu", dtype=torch.float32),
        name="mine",
        context_length=400,
    )
    asked = request(sampling=GREEDY)
    assert text_of(await reply(adapted, asked)) != text_of(await reply(plain, asked))
    await adapted.close()
    await plain.close()


async def test_a_folder_that_cannot_be_loaded_is_an_error_and_may_be_repaired(folders, tmp_path):
    folder = small_models.gpt2_folder(tmp_path / "tale")
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[:1000])
    generator = made(folder)
    with pytest.raises(GeneratorError, match=r"tale cannot be loaded.*Choose another model"):
        await generator.open()
    (folder / "model.safetensors").write_bytes(weights)
    assert text_of(await reply(generator, request()))
    await generator.close()
