"""The continuity benchmark's stories are well formed, and its scores say what they should."""

import re
from collections import Counter

import pytest

from benchmarks.continuity import CONDITIONS, Benchmark, Choice, PromptBuilder, accuracy, report
from benchmarks.continuity_scorer import TorchScorer, without_action
from benchmarks.continuity_stories import DATA, FILLERS, KINDS, TURNS, load_pairs, load_turns
from dungeon import transcript
from dungeon.saves.library import Library
from dungeon.text import clean
from stories.check import Adventure, Block, check
from tests.rows import every_row
from tests.training import small_models
from training.models.loading import load_causal_lm

PAIRS = load_pairs()
SETTINGS = sorted(path.stem for path in DATA.glob("*.txt"))


def words(text):
    return re.findall(r"\w+", text.casefold())


def mentions(text, word):
    return bool(re.search(rf"\b{word}", text, re.IGNORECASE))


# The stories --------------------------------------------------------------------------------------


def test_there_are_sixty_stories_of_every_kind_in_ten_settings():
    kinds = Counter(pair.story.kind for pair in PAIRS)
    assert len(PAIRS) == 60
    assert set(kinds) == set(KINDS)
    assert min(kinds.values()) >= 12
    assert Counter(pair.story.setting for pair in PAIRS) == dict.fromkeys(SETTINGS, 6)
    assert len({pair.story.opening for pair in PAIRS}) == 60


def test_a_story_has_fourteen_turns_before_the_one_that_needs_the_fact():
    for pair in PAIRS:
        adventure = pair.story.adventure(with_memory=True)
        turns = adventure.path()
        assert len(turns) == TURNS - 1
        assert turns[1].text == pair.story.plant.reply
        assert adventure.memory == pair.story.memory
        assert not pair.story.adventure(with_memory=False).memory


@every_row("name", SETTINGS)
def test_there_are_more_turns_than_a_story_needs(name):
    turns = load_turns(DATA, name)
    assert len(turns) == len({turn.action for turn in turns}) == 18 > FILLERS


@every_row("pair", PAIRS)
def test_stories_have_the_form_of_adventures(pair):
    story = pair.story
    texts = [story.opening]
    for turn in (story.plant, *story.fillers):
        texts += [f"> {turn.action}", turn.reply]
    texts += [f"> {story.question}", story.consistent]
    blocks = tuple(Block(line, text) for line, text in enumerate(texts, 1))
    front_matter = f"title: {story.number}\nsetting: {story.setting}"
    faults = check(Adventure(DATA / story.setting, front_matter, blocks))
    assert [str(each) for each in faults if "It begins with" not in each.message] == []


@every_row("pair", PAIRS)
def test_no_turn_between_repeats_the_fact(pair):
    story = pair.story
    facts = (story.right_word, story.wrong_word)
    for turn in load_turns(DATA, story.setting):
        assert not any(mentions(turn.action + turn.reply, fact) for fact in facts)
    for text in (story.plant.action, story.question):
        assert not any(mentions(text, fact) for fact in facts)
    assert len({mentions(story.opening, fact) for fact in facts}) == 1


@every_row("pair", PAIRS)
def test_a_story_and_its_mirror_differ_in_the_fact_alone(pair):
    one, other = pair.story, pair.mirrored
    assert (one.consistent, one.inconsistent) == (other.inconsistent, other.consistent)
    assert (one.right_word, one.wrong_word) == (other.wrong_word, other.right_word)
    assert (one.opening, one.question, one.fillers) == (
        other.opening,
        other.question,
        other.fillers,
    )
    facts = {one.right_word.casefold(), one.wrong_word.casefold()}
    for a, b in ((one.plant.reply, other.plant.reply), (one.memory, other.memory)):
        different = [{x, y} for x, y in zip(words(a), words(b), strict=True) if x != y]
        assert different
        assert all(each in one.plant.reply for each in one.fact_sentences)
        assert one.fact_sentences
        assert all(each == facts for each in different)
    different = [
        {x, y}
        for x, y in zip(words(one.consistent), words(one.inconsistent), strict=True)
        if x != y
    ]
    assert different == [facts]
    assert abs(len(one.right_word) - len(one.wrong_word)) <= 1


@every_row("pair", PAIRS)
def test_stories_are_plain_text_with_nothing_left_to_fill_in(pair):
    story = pair.story
    for text in (story.opening, story.plant.reply, story.memory, story.consistent):
        assert "{" not in text
        assert clean(text) == text
        assert transcript.normalise(text) == text


# The benchmark ------------------------------------------------------------------------------------


class FakeScorer:
    """A model that prefers the reply whose words occur in the prompt most often."""

    def __init__(self):
        self.prompts = []

    def count_tokens(self, text):
        return len(text.split())

    def log_probabilities(self, prompt, replies, guidance=1.0):
        self.prompts.append(prompt)
        known = Counter(words(prompt))
        return [
            guidance * sum(known[word] for word in words(reply)) - (len(reply) % 3)
            for reply in replies
        ]

    def generate(self, prompt):
        return "The whistle is here." if mentions(prompt, "whistle") else "Nothing."


@pytest.fixture
def library(tmp_path):
    with Library.open(tmp_path / "saves.db") as opened:
        yield opened


async def test_without_the_fact_exactly_half_of_the_choices_are_right(library):
    benchmark = Benchmark(FakeScorer(), library, 1.5, generate=False)
    small = next(each for each in CONDITIONS if each.is_small and not each.memory)
    choices = [each for pair in PAIRS for each in await benchmark.choose(pair, small)]
    assert not any(each.has_turn or each.has_fact for each in choices)
    found = accuracy(choices)
    assert (found.share, found.follows) == (0.5, 0.5)
    assert found.interval.to_list() == [0.5, 0.5]


async def test_with_the_fact_in_the_prompt_a_model_that_reads_is_better(library):
    benchmark = Benchmark(FakeScorer(), library, 1.5, generate=False)
    for condition in CONDITIONS:
        if condition.is_small and not condition.memory:
            continue
        pairs = [pair for pair in PAIRS if pair.story.kind == "carry"]
        choices = [each for pair in pairs for each in await benchmark.choose(pair, condition)]
        assert all(each.has_fact for each in choices), condition
        assert all(each.has_turn != condition.memory for each in choices), condition
        assert accuracy(choices).share > 0.5, condition


async def test_prompts_are_those_of_the_game(library):
    story = PAIRS[0].story
    prompts = {
        each: (await PromptBuilder(FakeScorer(), library).build(story, each)).text
        for each in CONDITIONS
    }
    whole, _, small, memory, _, retrieval, summary, _, _, state = prompts.values()
    assert whole.startswith(story.opening)
    assert all(each.endswith(f"\n\n> {story.question}") for each in prompts.values())
    assert story.plant.reply in whole
    assert story.right_word not in small
    assert len(small.split()) < 0.75 * len(whole.split())
    assert memory.startswith(story.memory)
    assert "[Earlier in the story:" in retrieval
    assert "[Earlier in the story:" not in memory
    assert "[The story so far:" in summary
    assert f"You carry the {story.fact}.\n\n> " in state


async def test_replies_are_written_on_request(library):
    benchmark = Benchmark(FakeScorer(), library, 1.5, generate=True)
    choices = await benchmark.choose(PAIRS[0], CONDITIONS[0])
    assert [each.named for each in choices] == [True, None]
    assert "| fake | whole | 50% | 0% |" in report({"fake": {"whole": choices}})


def test_the_prior_of_the_model_is_cancelled_over_a_story_and_its_mirror():
    choices = [Choice(1, "name", 3.0, True, True), Choice(1, "name", -2.0, True, True)]
    found = accuracy(choices)
    assert (found.share, found.follows) == (0.5, 1.0)
    assert (
        accuracy([Choice(1, "name", 3.0, True, True), Choice(1, "name", -4.0, True, True)]).follows
        == 0
    )


def test_a_prompt_without_its_action_is_the_story_before_it():
    prompt = transcript.as_prompt("It rains.\n\n> You wait.\n\nIt rains on.\n\n> You go.")
    assert without_action(prompt) == "It rains.\n\n> You wait.\n\nIt rains on."


def test_log_probabilities_are_those_of_the_whole_text(tmp_path):
    torch = pytest.importorskip("torch")
    folder = small_models.gpt2_folder(tmp_path / "one")
    scorer = TorchScorer(load_causal_lm(str(folder), models=tmp_path))
    prompt, replies = (
        "You stand before a door.\n\n> You open the door.",
        ["It is dark.", "It opens."],
    )
    found = scorer.log_probabilities(prompt, replies)
    for reply, score in zip(replies, found, strict=True):
        read = scorer._decoder.encode(prompt)
        ids = [*read, *scorer._decoder.encode(f"\n\n{reply}", add_special_tokens=False)]
        with torch.no_grad():
            logits = scorer._model(torch.tensor([ids])).logits[0].double()
        plain = torch.log_softmax(logits, -1)
        expected = sum(float(plain[at - 1, ids[at]]) for at in range(len(read), len(ids)))
        assert score == pytest.approx(expected, abs=1e-3)
    assert scorer.log_probabilities(prompt, replies, 1.5) != pytest.approx(found, abs=1e-3)
    assert scorer.log_probabilities(prompt, replies) == pytest.approx(found, abs=1e-4)
    assert scorer.generate(prompt) == scorer.generate(prompt) != ""
