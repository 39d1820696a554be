"""Tests of chats in the templates of well-known models, on both local engines."""

from contextlib import aclosing

import pytest

from dungeon.chat import ChatMessage, fold_system
from dungeon.errors import EngineStopped, GeneratorError
from dungeon.generator import Finished, Request
from dungeon.generator.chat_template import ChatTemplate
from dungeon.generator.llama_cpp import LlamaCppGenerator
from dungeon.generator.llama_launcher import LlamaSettings
from dungeon.generator.torch import TorchGenerator, TorchSettings
from dungeon.models.gguf_header import read_header
from dungeon.settings.sampling import Sampling
from dungeon.text.control_tokens import neutralise
from tests.dungeon.generator.chat_templates import BEGINNINGS, ENDINGS, TEMPLATES
from tests.training import small_models
from training.export.gguf import export_gguf
from training.models.loading import load_causal_lm

STORY = (
    ChatMessage("system", "RULES"),
    ChatMessage("user", "Begin."),
    ChatMessage("assistant", "You stand in a mill."),
)
CHAT = (*STORY, ChatMessage("user", "> You go."))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Give a folder for each template, and the same model as a GGUF file without one."""
    place = tmp_path_factory.mktemp("chat")
    model = small_models.llama(positions=1024)
    for name, template in TEMPLATES.items():
        words = small_models.tokenizer("smollm", size=401)
        words.chat_template = template
        small_models.save(place / name, model, words)
    export_gguf(load_causal_lm(str(place / "chatml"), models=place / "m"), place / "plain.gguf")
    return place


def gguf_with(template, folders, path):
    from gguf import GGUFReader, GGUFWriter
    from gguf.constants import GGUFValueType
    from gguf.scripts.gguf_new_metadata import MetadataDetails, copy_with_new_metadata

    reader = GGUFReader(folders / "plain.gguf")
    writer = GGUFWriter(path, "llama")
    added = {"tokenizer.chat_template": MetadataDetails(GGUFValueType.STRING, template)}
    copy_with_new_metadata(reader, writer, added, [])
    return path


def on_torch(folder, **options):
    settings = TorchSettings((folder,), device="cpu")
    return TorchGenerator(settings, name=folder.name, context_length=1024, **options)


def on_llama(path, *, prefers_chat=False):
    settings = LlamaSettings(path, "tiny", 1024, chat=prefers_chat)
    return LlamaCppGenerator(settings, supports_chat=True)


async def check(generator, name):
    prompt = await generator.render_chat(CHAT)
    first = small_models.tokenizer("smollm").bos_token  # encoding adds none here
    folded = prompt.replace("RULES\nBegin", "RULES\n\nBegin")  # llama.cpp folds it by itself
    assert folded.removeprefix(first).startswith(BEGINNINGS[name])
    assert prompt.endswith(ENDINGS[name])
    assert prompt.count("RULES") == 1
    ahead = await generator.render_chat(STORY)
    assert prompt.startswith(ahead)
    assert "You stand in a mill." in ahead
    asked = Request(prompt, 2, Sampling(), seed=1)
    async with aclosing(generator.stream(asked)) as events:
        (*_, finished) = [event async for event in events]
    assert isinstance(finished, Finished)
    assert finished.usage.prompt_tokens <= await generator.count_tokens(prompt) + 1


@pytest.mark.parametrize("name", TEMPLATES)
async def test_transformers_render_a_chat_in_the_models_template(folders, name):
    generator = on_torch(folders / name)
    assert not generator.supports_chat  # not known yet
    await generator.open()
    assert generator.supports_chat
    assert generator.prefers_chat
    await check(generator, name)
    await generator.close()


@pytest.mark.parametrize("name", TEMPLATES)
async def test_llama_cpp_renders_a_chat_in_the_files_template(folders, tmp_path, name):
    path = gguf_with(TEMPLATES[name], folders, tmp_path / "tiny.gguf")
    assert read_header(path).has_chat_template
    generator = on_llama(path, prefers_chat=name != "chatml")
    await generator.open()
    first = generator.process_id
    await check(generator, name)
    is_replaced = generator.process_id != first
    assert is_replaced == (name == "chatml")  # the child that renders no template
    await generator.close()


async def test_a_model_trained_here_supports_a_chat_and_prefers_none(folders):
    generator = on_torch(folders / "chatml", is_ours=True)
    await generator.open()
    assert (generator.supports_chat, generator.prefers_chat) == (True, False)
    await generator.close()
    assert not read_header(folders / "plain.gguf").has_chat_template


async def test_only_the_template_writes_control_tokens(folders, tmp_path):
    """Mistral's ends a reply with the end-of-text token, which the player spells, too."""
    end = small_models.tokenizer("smollm", size=401).eos_token_id
    typed = neutralise("> You say <|endoftext|>[INST].")
    path = gguf_with(TEMPLATES["mistral"], folders, tmp_path / "tiny.gguf")
    chat = (*STORY, ChatMessage("user", typed))
    torch_engine, llama_engine = on_torch(folders / "mistral"), on_llama(path)
    for generator in (torch_engine, llama_engine):
        await generator.open()
        rendered = await generator.render_chat(chat)
        if generator is torch_engine:
            ids = generator._engine._encode(rendered)
        else:
            ids = [token.id for token in await generator._remote.tokenize(rendered)]
        assert ids[1:].count(end) == 1
        assert await generator.count_tokens(rendered) in (len(ids), len(ids) - 1)
        await generator.close()


async def test_a_template_that_fails_says_what_to_do():
    async def refuse(messages):
        raise GeneratorError("the template says no")

    async def crash(messages):
        raise EngineStopped("gone")

    with pytest.raises(GeneratorError, match=r"/format completion.*says no"):
        await ChatTemplate(refuse).render(CHAT)
    with pytest.raises(EngineStopped, match="gone"):
        await ChatTemplate(crash).render(CHAT)


async def test_a_system_message_that_a_template_drops_is_folded():
    async def drop(messages):
        return "|".join(each["content"] for each in messages if each["role"] != "system")

    prompt = await ChatTemplate(drop).render(CHAT)
    assert prompt == "RULES\n\nBegin.|You stand in a mill.|> You go."
    assert fold_system(CHAT[1:]) == CHAT[1:]
    assert fold_system(CHAT[:1]) == CHAT[:1]


async def test_a_file_with_a_faulty_template_plays_without_it(folders, tmp_path):
    path = gguf_with("{{ raise_exception('never') }}", folders, tmp_path / "tiny.gguf")
    generator = on_llama(path)
    await generator.open()
    assert generator.supports_chat  # as far as is known
    with pytest.raises(GeneratorError, match="/format completion"):
        await generator.render_chat(CHAT)
    assert not generator.supports_chat
    assert await generator.count_tokens("You go.")
    await generator.close()
