"""Tests of the llama.cpp child process, on the real default model."""

import os
import re
import signal
import subprocess
import sys
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from xllamacpp import llama_flash_attn_type

from dungeon.errors import GeneratorError, PromptTooLong
from dungeon.generator import Finished, PrefillProgress, Request, TextChunk, llama_server
from dungeon.generator.early_start import EarlyStart
from dungeon.generator.llama_cpp import LlamaCppGenerator
from dungeon.generator.llama_launcher import (
    LlamaProcess,
    LlamaSettings,
    LoadingProcess,
    default_threads,
)
from dungeon.settings.biased_words import BiasedWords
from dungeon.settings.sampling import Sampling
from dungeon.text.phrases import BannedPhrases
from tests.patience import HUNG, wait_until

OPENING = "You are a ferryman on a wide grey river. A stranger waves from the far bank.\n"
LONG = OPENING + "You row on through the rain, and the river is wide. " * 60

needs_signals = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


def request(prompt=OPENING, max_tokens=30, seed=5):
    return Request(prompt, max_tokens, Sampling(), seed)


async def reply(generator, asked):
    async with aclosing(generator.stream(asked)) as events:
        return [event async for event in events]


def text_of(events):
    return "".join(event.text for event in events if isinstance(event, TextChunk))


def runs(process_id):
    """Whether the process is there and no zombie."""
    try:
        return " Z " not in Path(f"/proc/{process_id}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def worked(process_id):
    """Return the processor time that the process has used, in ticks."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.fixture
async def llama(default_model):
    generator = LlamaCppGenerator(LlamaSettings(default_model, "default", 1024), sha256="ab")
    yield generator
    await generator.close()


@pytest.mark.model
async def test_a_chunk_says_how_likely_it_was_where_that_is_asked_for(llama):
    await llama.open()
    asked = replace(request(), lists_alternatives=True)
    chunks = [event for event in await reply(llama, asked) if isinstance(event, TextChunk)]
    assert len(chunks) > 5
    for chunk in chunks:
        others = sum(other.probability for other in chunk.alternatives)
        assert 0 < chunk.probability <= 1 - others + 1e-3
    [first, *_] = [event for event in await reply(llama, request()) if isinstance(event, TextChunk)]
    assert first.probability is None


@pytest.mark.model
async def test_it_streams_counts_tokens_and_repeats_a_seed(llama):
    await llama.open()
    assert (llama.model.name, llama.model.sha256) == ("default", "ab")
    assert llama.model.context_length == 1024
    tokens = await llama.count_tokens(OPENING)
    first = await reply(llama, request())
    assert text_of(first).strip()
    assert isinstance(first[0], PrefillProgress)
    assert first[-1].usage.prompt_tokens == tokens
    again = [await reply(llama, request()) for _ in range(2)]
    assert again[0][-1].usage.prompt_tokens_evaluated < tokens
    assert text_of(again[0]) == text_of(again[1])
    assert text_of(await reply(llama, request(seed=6))) != text_of(again[0])


@pytest.mark.model
async def test_a_prefetched_prompt_is_not_read_again(llama):
    (*_, finished) = await reply(llama, request(LONG, max_tokens=0))
    assert finished.usage.tokens == 0
    assert finished.usage.prompt_tokens_evaluated > 500
    (*_, finished) = await reply(llama, request(LONG + "> You sing.\n", max_tokens=3))
    assert finished.usage.prompt_tokens_evaluated < 20
    assert text_of(await reply(llama, request(LONG, max_tokens=0))) == ""


@pytest.mark.model
async def test_the_next_start_does_not_read_the_last_prompt_again(tmp_path, default_model):
    told, asked = [], request(OPENING * 12, max_tokens=5)
    for _ in range(2):
        generator = LlamaCppGenerator(
            LlamaSettings(default_model, "default", slot_folder=tmp_path / "key")
        )
        told.append((await reply(generator, asked))[-1].usage.prompt_tokens_evaluated)
        await generator.close()
    assert told[0] > 200
    assert told[1] < 10


@pytest.mark.model
async def test_an_opening_is_not_read_again_after_a_crash(tmp_path, default_model):
    opening = replace(request(OPENING * 4, max_tokens=0), is_opening=True)
    settings = LlamaSettings(default_model, "default", slot_folder=tmp_path / "key")
    generators, read = [], []
    for _ in range(2):
        generators.append(LlamaCppGenerator(settings))
        read.append((await reply(generators[-1], opening))[-1].usage.prompt_tokens_evaluated)
    for generator in generators:  # none was closed before the other had read it
        await generator.close()
    assert read[0] > 60
    assert read[1] < 10


@pytest.mark.model
async def test_what_was_read_while_the_game_was_imported_is_not_read_again(default_model):
    settings = LlamaSettings(default_model, "default")
    for _ in range(3):  # a request that overtakes it reads the prompt itself
        early = EarlyStart(LoadingProcess(settings))
        early.read_ahead(OPENING * 4)
        generator = LlamaCppGenerator(settings, start=early.start)
        (*_, finished) = await reply(generator, request(OPENING * 4, max_tokens=0))
        await generator.close()
        if finished.usage.prompt_tokens_evaluated < 10:
            break
    assert finished.usage.prompt_tokens_evaluated < 10 < 60 < finished.usage.prompt_tokens


@pytest.mark.model
async def test_the_tokens_of_a_reply_are_scored(llama):
    tokens = await llama.score_tokens(OPENING, "You row to the bank and see a caf\u00e9.")
    assert "".join(token.text for token in tokens) == "You row to the bank and see a caf\u00e9."
    by_text = {token.text: token for token in tokens}
    assert by_text["You"].probability > 0.01
    assert by_text[" bank"].alternatives[0].probability > 0.01
    for token in tokens:
        assert token.probability + sum(each.probability for each in token.alternatives) <= 1.001
    assert text_of(await reply(llama, request()))


@pytest.mark.model
async def test_a_prompt_that_is_too_long_is_an_error_with_numbers(llama):
    with pytest.raises(PromptTooLong) as failed:
        await reply(llama, request(LONG * 4))
    assert failed.value.prompt_tokens > failed.value.context_length == 1024
    assert text_of(await reply(llama, request()))


@pytest.mark.model
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_stopping_during_decoding_frees_the_engine(llama):
    """What the engine works until the next reply is there is told in its own processor time."""
    await reply(llama, request(max_tokens=1))
    before = worked(llama.process_id)
    endless = Sampling(temperature=0, repeat_penalty=1, dry_multiplier=0)  # a loop
    async with aclosing(llama.stream(Request(OPENING, 900, endless, 5))) as events:
        pieces = 0
        while pieces < 60:
            pieces += isinstance(await anext(events), TextChunk)
    stopped = worked(llama.process_id)
    assert isinstance((await reply(llama, request(max_tokens=1)))[-1], Finished)
    assert worked(llama.process_id) - stopped < stopped - before  # 840 tokens more take 14 times


@pytest.mark.model
async def test_stopping_during_prefill_frees_the_engine(llama):
    async with aclosing(llama.stream(request(LONG))) as events:
        assert isinstance(await anext(events), PrefillProgress)
    (*_, finished) = await reply(llama, request(max_tokens=1))
    assert finished.usage.tokens == 1


@pytest.mark.model
@needs_signals
async def test_a_crash_during_a_reply_goes_unnoticed(llama):
    await llama.open()
    first = llama.process_id
    async with aclosing(llama.stream(request(max_tokens=80))) as events:
        while not isinstance(await anext(events), TextChunk):
            pass
        os.kill(first, signal.SIGKILL)
        told = [event async for event in events]
    assert isinstance(told[-1], Finished)
    assert len(text_of(told).split()) > 10
    assert llama.process_id != first


@pytest.mark.model
@needs_signals
async def test_a_crash_between_two_turns_goes_unnoticed(llama):
    await llama.open()
    os.kill(llama.process_id, signal.SIGKILL)
    assert text_of(await reply(llama, request()))


@pytest.mark.model
async def test_requests_need_the_token(default_model):
    settings = LlamaSettings(default_model, "default", 256, 1)
    child = await LlamaProcess.start(settings)
    try:
        command = Path(f"/proc/{child.pid}/cmdline")
        if command.exists():
            assert child.token not in command.read_text()
            assert child.token not in Path(f"/proc/{child.pid}/environ").read_text()
        async with httpx.AsyncClient(base_url=child.address, trust_env=False) as client:
            for key in ("wrong", child.token[:-1]):
                headers = {"Authorization": f"Bearer {key}", "Connection": "close"}
                answer = await client.post("/v1/completions", json={"prompt": "x"}, headers=headers)
                assert answer.status_code == 401
            origin = {"Origin": "https://evil.example", "Connection": "close"}
            answer = await client.get("/health", headers=origin)
            allowed = answer.headers.get("access-control-allow-origin", "")
            assert allowed not in ("*", "https://evil.example")
    finally:
        await child.kill()
    assert child.has_ended


LOADED = """
import asyncio, pathlib, sys
from dungeon.generator.llama_launcher import LlamaProcess, LlamaSettings

async def main():
    child = await LlamaProcess.start(LlamaSettings(pathlib.Path(sys.argv[1]), "default", 256, 1))
    print(child.pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""

LOADING = """
import pathlib, sys, time
from dungeon.generator.llama_launcher import LlamaSettings, LoadingProcess

child = LoadingProcess(LlamaSettings(pathlib.Path(sys.argv[1]), "default", 256, 1))
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.model
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(
    ("program", "deadly"),
    [
        (LOADED, signal.SIGKILL),
        (LOADED, signal.SIGINT),
        (LOADED, signal.SIGTERM),
        (LOADING, signal.SIGKILL),
    ],
)
def test_the_child_ends_with_its_parent(default_model, program, deadly):
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(default_model)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with parent:
        child = int(parent.stdout.readline())
        assert runs(child)
        assert os.getsid(child) != os.getsid(parent.pid)  # Ctrl-C does not reach it
        parent.send_signal(deadly)
        parent.wait(HUNG)
    wait_until(lambda: not runs(child))


@pytest.mark.parametrize(
    "content", [b"", b"GGUF", b"not a model" * 100], ids=["empty", "cut", "text"]
)
async def test_a_file_that_is_no_model_is_an_error(tmp_path, content):
    path = tmp_path / "odd.gguf"
    path.write_bytes(content)
    generator = LlamaCppGenerator(LlamaSettings(path, "odd"))
    with pytest.raises(GeneratorError, match=r"odd\.gguf") as failed:
        await generator.open()
    assert str(failed.value).endswith(".")
    assert generator.process_id is None
    await generator.close()


@pytest.mark.model
async def test_a_truncated_model_is_an_error(tmp_path, default_model):
    path = tmp_path / "short.gguf"
    with default_model.open("rb") as whole:
        path.write_bytes(whole.read(20_000_000))
    with pytest.raises(GeneratorError, match=r"short\.gguf"):
        await LlamaCppGenerator(LlamaSettings(path, "short")).open()


async def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(GeneratorError, match="is not there"):
        await LlamaCppGenerator(LlamaSettings(tmp_path / "gone.gguf", "gone")).open()


def test_one_core_is_left_for_other_processes():
    assert 1 <= default_threads() <= max(1, (os.cpu_count() or 1) - 1)


@pytest.mark.model
async def test_a_banned_phrase_is_written_differently(llama):
    asked = replace(request(), sampling=Sampling(temperature=0))
    free = text_of(await reply(llama, asked))
    phrase = " ".join(free.split()[2:4])
    banned = BannedPhrases([phrase])
    events = await reply(llama, replace(asked, banned_phrases=banned))
    other = text_of(events)
    assert banned.scan(free, is_whole=True).phrase_start is not None
    assert banned.scan(other, is_whole=True).phrase_start is None
    assert other.split()[:2] == free.split()[:2]
    assert events[-1].usage.prompt_tokens_evaluated < 3 * events[-1].usage.prompt_tokens


FREE = {"top_p": 1.0, "min_p": 0.0, "dry_multiplier": 0.0}


async def written(llama, **changes):
    """Return how a reply begins: later two tokens may lie closer together than rounding."""
    sampling = Sampling(**FREE | changes)
    return text_of(await reply(llama, replace(request(max_tokens=14), sampling=sampling)))[:40]


@pytest.mark.model
async def test_the_engine_has_every_sampler_under_its_name(llama):
    greedy = await written(llama, temperature=0.0)
    for changes in (
        {"top_n_sigma": 0.001},
        {"mirostat": 1, "mirostat_tau": 0.0},
        {"mirostat": 2, "mirostat_tau": 0.0},
    ):
        assert await written(llama, temperature=1.5, **changes) == greedy, changes
    for changes in (
        {"xtc_probability": 1.0, "xtc_threshold": 0.02},
        {"typical_p": 0.05},
        {"presence_penalty": 2.0, "repeat_last_n": 64},
        {"frequency_penalty": 2.0, "repeat_last_n": 64},
    ):
        assert await written(llama, temperature=0.0, **changes) != greedy, changes
    hot = await written(llama, temperature=1.5)
    for changes in ({"adaptive_target": 0.9}, {"dynatemp_range": 1.5, "dynatemp_exponent": 3.0}):
        assert await written(llama, temperature=1.5, **changes) != hot, changes


@pytest.mark.model
async def test_a_biased_word_comes_or_stays_away(llama):
    asked = replace(request(), sampling=Sampling(**FREE | {"temperature": 0.0}))
    wanted = replace(asked, biased_words=(BiasedWords("lantern", 20.0),))
    assert "lantern" in text_of(await reply(llama, wanted)).lower()
    free = text_of(await reply(llama, asked))
    word = max(re.findall("[a-z]+", free), key=len)
    unwanted = replace(asked, biased_words=(BiasedWords(word, -20.0),))
    assert word not in re.findall("[a-z]+", text_of(await reply(llama, unwanted)))


def test_the_child_never_copies_an_idle_slot_and_is_set_up_as_suits_the_device(
    tmp_path, monkeypatch
):
    settings = LlamaSettings(tmp_path / "a.gguf", "a", 400, 1).to_dict("token")
    for has_gpu, kind in ((False, "DISABLED"), (True, "AUTO")):
        monkeypatch.setattr(llama_server, "_has_gpu", lambda has_gpu=has_gpu: has_gpu)
        found = llama_server._parameters(settings)
        assert not found.cache_idle_slots
        assert found.fit_params == has_gpu  # as many layers on it as fit
        assert found.flash_attn_type == getattr(
            llama_flash_attn_type, f"LLAMA_FLASH_ATTN_TYPE_{kind}"
        )
