"""Settings: what is kept comes back, and a mistake in the file is told with its place."""

import os
import string
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon.errors import InputRefused, NotSaved
from dungeon.settings import Settings, load, save
from dungeon.settings.presets import PRESETS
from dungeon.settings.sampling import Sampling
from dungeon.text import clean

_WORDS = st.text(string.ascii_letters + "_.-", min_size=1, max_size=20)
_LINES = st.text(max_size=40).map(lambda text: " ".join(clean(text).split()))

settings = st.builds(
    Settings,
    model=_LINES,
    preset=st.sampled_from(tuple(PRESETS)),
    reply_tokens=st.just(0) | st.integers(10, 400),
    context_length=st.just(0) | st.integers(512, 1_048_576),
    threads=st.integers(0, 512),
    guidance=st.just(0) | st.floats(1, 3),
    retrieval=st.booleans(),
    theme=_LINES.filter(bool),
    width=st.integers(40, 120),
    prompt_formats=st.dictionaries(_WORDS, st.sampled_from(["chat", "completion"]), max_size=5),
    keys=st.dictionaries(_WORDS, _WORDS, max_size=5),
    presets=st.dictionaries(
        st.sampled_from(("calm", "my mood", "2.0")),
        st.builds(Sampling, temperature=st.floats(0, 2)),
        max_size=3,
    ),
)


@given(settings)
def test_what_is_saved_comes_back(tmp_path_factory, chosen):
    path = tmp_path_factory.mktemp("home") / "settings.toml"
    save(path, chosen)
    assert load(path) == chosen
    assert hash(load(path)) == hash(chosen)


def test_a_file_that_is_not_there_means_the_defaults(tmp_path):
    assert load(tmp_path / "settings.toml") == Settings()


def test_the_defaults_are_the_first_preset_and_the_game_s_own_theme():
    plain = Settings()
    assert (plain.model, plain.preset, plain.theme) == ("", "storyteller", "grue")
    assert (plain.reply_tokens, plain.width, plain.threads, plain.context_length) == (0, 72, 0, 0)


def test_only_what_differs_is_written(tmp_path):
    path = tmp_path / "settings.toml"
    save(path, Settings(width=90, keys={"retry": "f5"}))
    assert path.read_text() == 'width = 90\n\n[keys]\nretry = "f5"\n'
    save(path, Settings())
    assert path.read_text() == ""


def test_the_folder_is_made_and_nothing_else_is_left_in_it(tmp_path):
    path = tmp_path / "new" / "settings.toml"
    save(path, Settings(width=90))
    save(path, Settings(width=91))
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.toml"]


def test_a_link_stays_a_link(tmp_path):
    dotfiles = tmp_path / "dotfiles.toml"
    dotfiles.write_text("width = 50\n")
    link = tmp_path / "settings.toml"
    link.symlink_to(dotfiles)
    save(link, replace(load(link), width=60))
    assert link.is_symlink()
    assert dotfiles.read_text() == "width = 60\n"


def test_a_failed_write_keeps_the_old_file_and_leaves_no_other(tmp_path, monkeypatch):
    path = tmp_path / "settings.toml"
    save(path, Settings(width=90))

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotSaved, match="No space left on device"):
        save(path, Settings(width=100))
    assert load(path).width == 90
    assert [entry.name for entry in tmp_path.iterdir()] == ["settings.toml"]


def test_a_folder_that_cannot_be_created_is_reported(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotSaved, match="could not be saved to"):
        save(tmp_path / "file" / "settings.toml", Settings())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("widht = 80", "no key `widht`. Did you mean `width`?"),
        ("guidance = 0.5", "`guidance` must be 0 or a number from 1 to 3, not 0.5."),
        ("guidance = true", "`guidance` must be 0 or a number from 1 to 3, not"),
        ("guidance = nan", "`guidance` must be 0 or a number from 1 to 3, not"),
        ("retrieval = 1", "`retrieval` must be true or false, not 1."),
        ('retrieval = "on"', "`retrieval` must be true or false, not"),
        ("width = 30", "`width` must be a whole number from 40 to 120, not 30."),
        ("width = 121", "not 121."),
        ("width = true", "not true."),
        ("width = 80.0", "not 80.0."),
        ('width = "80"', "not “80”."),
        ("reply_tokens = 9", "`reply_tokens` must be 0 or a whole number from 10 to 400"),
        ("context_length = 100", "must be 0 or a whole number from 512 to 1,048,576, not 100."),
        ("threads = -1", "`threads` must be 0 or a whole number from 1 to 512, not -1."),
        ("threads = 0x" + "f" * 9_000, "not an enormous number"),
        ('preset = "stedy"', "Did you mean `steady`?"),
        ("preset = []", "`preset` must be one of"),
        ("model = 5", "`model` must be text in quotation marks, not 5."),
        ('model = "a\\u001b[2J"', "`model` must be one line without control characters."),
        ('model = "a\\u0085 b"', "`model` must be one line without control characters."),
        ('model = "  "', "`model` must not be blank"),
        ('theme = ""', "`theme` must not be blank"),
        ("prompt_formats = 5", "table headed [prompt_formats], not 5."),
        ('[prompt_formats]\ngpt2 = "json"', "`prompt_formats.gpt2` must be `completion` or `chat`"),
        ('[prompt_formats]\n"a\\nb" = "chat"', "must be one line"),
        ("[prompt_formats]\n" + "\n".join(f'm{n} = "chat"' for n in range(501)), "more than 500"),
        ("keys = 5", "`keys` must be a table headed [keys], not 5."),
        ("[keys]\nretry = 5", "`keys.retry` must name a key"),
        ('[keys]\nretry = "f 5"', "not “f 5”."),
        ('[keys]\nretry = "f5\\u200b"', "`keys.retry` must name a key"),
        ('[keys]\n"re try" = "f5"', "“re try” is no name of a binding"),
        ("[keys]\n" + "\n".join(f'k{n} = "f5"' for n in range(201)), "more than 200"),
        ("width = ", "is not valid TOML: Invalid value (at "),
        ("width = 2020-01-01", "not a date or time"),
        ("width = {a = 1}", "not a table"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_the_file_and_the_key(tmp_path, text, said):
    path = tmp_path / "settings.toml"
    path.write_text(text)
    with pytest.raises(InputRefused) as refused:
        load(path)
    message = str(refused.value)
    assert message.startswith(str(path))
    assert said in message
    assert message == clean(message)


def test_a_folder_in_its_place_is_refused(tmp_path):
    with pytest.raises(InputRefused, match="is not a file"):
        load(tmp_path)


def test_a_bad_value_cannot_be_made_in_code_either():
    with pytest.raises(InputRefused, match="`width` must be"):
        replace(Settings(), width=500)


def test_a_prompt_format_is_kept_for_each_model(tmp_path):
    path = tmp_path / "settings.toml"
    chosen = Settings().with_format("", "chat")
    both = Settings(prompt_formats=chosen).with_format("models/tiny.gguf", "completion")
    save(path, Settings(prompt_formats=both))
    found = load(path)
    assert found.format_for("") == found.format_for("default") == "chat"
    assert found.format_for("models/tiny.gguf") == "completion"
    assert found.format_for("gpt2") == "auto"
    assert found.with_format("default", "auto") == {"models/tiny.gguf": "completion"}


def test_several_keys_may_be_bound_at_once():
    assert Settings(keys={"story.retry": "ctrl+r,f5"}).keys["story.retry"] == "ctrl+r,f5"


@given(st.text(max_size=200))
def test_any_text_is_settings_or_a_refusal(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("home") / "settings.toml"
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        message = repr(load(path))
    except InputRefused as refused:
        message = str(refused)
    assert message.startswith((str(path), "Settings("))


def test_comments_and_layout_of_the_player_survive_a_save(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(
        '# mine\nwidth = 60  # narrow\ntheme = "grue-light"\n\n[keys]\n# on the right\n'
        'retry = "f5"\nundo = "f6"\n'
    )
    save(path, replace(load(path), width=64, theme="grue", keys={"retry": "f5", "stop": "f8"}))
    text = path.read_text()
    assert text.startswith("# mine\nwidth = 64 # narrow\n") or "width = 64  # narrow" in text
    assert "theme" not in text
    assert '# on the right\nretry = "f5"' in text
    assert load(path).keys == {"retry": "f5", "stop": "f8"}


def test_a_file_that_cannot_be_parsed_is_replaced_by_a_complete_one(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("width = = 3")
    save(path, Settings(width=64))
    assert load(path) == Settings(width=64)


def test_biased_words_are_a_table_of_numbers(tmp_path):
    path = tmp_path / "settings.toml"
    save(path, Settings(biased_words={"dark forest": -3, "fog": 0}))
    assert path.read_text() == '[biased_words]\n"dark forest" = -3.0\n'
    assert load(path).biased_words == {"dark forest": -3.0}
    for line, problem in (
        ("biased_words = 3", "headed"),
        ("[biased_words]\nfog = 21", "from -20 to 20"),
        ("[biased_words]\nfog = true", "must be a number"),
        ("[biased_words]\nfog = nan", "from -20"),
        ('[biased_words]\n"!" = 2', "needs a word"),
        ("[biased_words]\n" + "".join(f"w{n} = 1\n" for n in range(101)), "At most 100"),
    ):
        path.write_text(line)
        with pytest.raises(InputRefused, match=problem):
            load(path)


def test_banned_phrases_are_a_list_of_text(tmp_path):
    path = tmp_path / "settings.toml"
    save(path, Settings(banned_phrases=("heart skips a beat",)))
    assert path.read_text() == 'banned_phrases = ["heart skips a beat"]\n'
    assert load(path).banned_phrases == ("heart skips a beat",)
    for value, problem in (('"beat"', "must be a list"), ("[7]", "a list"), ('["!"]', "a word")):
        path.write_text(f"banned_phrases = {value}")
        with pytest.raises(InputRefused, match=f"banned_phrases.*{problem}"):
            load(path)
