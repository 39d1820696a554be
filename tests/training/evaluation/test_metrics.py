"""Each metric counts what its docstring says, and nothing similar."""

from dataclasses import replace

from dungeon import transcript
from dungeon.settings.presets import PRESETS
from dungeon.settings.sampling import Sampling
from dungeon.transcript import ActionLine, Prose
from tests.rows import every_row
from training.data.corpus import take_evenly
from training.evaluation.metrics import METRICS, Reply
from training.evaluation.prompts import load_prompts
from training.evaluation.replies import SAMPLING


def reply(text, *, ended=True, action="You open the door.", other_actions=()):
    return Reply(text, ended, action, other_actions)


def compute(name, *texts, **options):
    return METRICS[name]([reply(text, **options) for text in texts])


@every_row(
    ("name", "counted", "not_counted"),
    [
        ("first_person", "I open my eyes and you wait for me, I think.", "You see me. You run."),
        ("no_protagonist", "The door swings open.", "The door hits you."),
        ("ended", "The door opens.", "The door opens and"),
        ("ended", "“Come in,” she says, “at last!”", "She says, “Come"),
        ("empty", "…  —", "Yes."),
        ("loops", "It rains. " * 3, "It rains. It pours. It rains."),
        ("loops", "and then the old man said " * 3, "and then the old man said no"),
        ("speaks_for_player", 'You say, "I am the king."', 'She says, "I am the king."'),
        ("speaks_for_player", '"Go away," you whisper.', '"Go away," you hear her whisper.'),
        ("speaks_for_player", "The door opens.\nYou: I go in.", "The door opens to you: at last."),
        ("assistant", "As an AI, I open doors.", "She speaks as an aide to the king."),
        ("assistant", "The door opens.\nLet me know what you do.", "You let me know the way."),
        ("assistant", "## The Door\nIt opens.", "Door #2 opens."),
        ("assistant", "1. Open the door.\n2. Go in.", "There are 2. Both open."),
        ("responsiveness", "The doors swing back.", "The wall is wet."),
        ("responsiveness", "It is opening now.", "It rains. It pours. It snows. The door is open."),
    ],
)
def test_a_metric_counts_one_reply_and_not_the_other(name, counted, not_counted):
    assert compute(name, counted) == 1
    assert compute(name, not_counted) == 0
    assert compute(name, counted, *[not_counted] * 3) == 0.25


def test_second_person_is_a_share_of_the_replies_with_a_protagonist():
    assert compute("second_person", "You run.", "I run.", "The door opens.") == 0.5
    assert compute("second_person", 'He says, "I will, you know."') is None


def test_repeating_what_the_action_said_is_not_speaking_for_the_player():
    action = "You say “Who is there?”"
    assert compute("speaks_for_player", 'You say "Who is there?" again.', action=action) == 0
    assert compute("speaks_for_player", 'You say "Who are you?"', action=action) == 1


def test_distinct_counts_ngrams_over_all_replies():
    assert compute("distinct_2", "a b c", "a b d") == 0.75
    assert compute("distinct_3", "a b c", "a b c") == 0.5
    assert compute("distinct_2") is None


def test_responsiveness_is_compared_with_actions_that_were_not_taken():
    answer = reply(
        "The lamp goes out.", action="You blow the lamp out.", other_actions=("You sing a song.",)
    )
    assert METRICS["responsiveness"]([answer]) == 1
    assert METRICS["responsiveness_by_chance"]([answer]) == 0
    no_content_word = reply("It rains.", action="You ask him why.")
    assert METRICS["responsiveness"]([answer, no_content_word]) == 1


def test_every_metric_of_no_replies_is_none():
    assert {metric([]) for metric in METRICS.values()} == {None}


def test_every_metric_documents_its_limits():
    for name, metric in METRICS.items():
        docstring = metric.__doc__ or ""
        assert name == "empty" or "imits" in docstring, name


def test_there_are_more_than_two_hundred_prompts_in_the_form_of_the_game():
    found = load_prompts().prompts
    assert len({prompt.text for prompt in found}) == len(found) >= 200
    for prompt in found:
        blocks = transcript.read(prompt.text)
        assert isinstance(blocks[0], Prose)
        assert blocks[-1] == ActionLine(prompt.action)
        assert transcript.as_prompt(transcript.write(blocks)) == prompt.text
        assert len(prompt.other_actions) == 5


def test_fewer_prompts_are_taken_evenly_over_the_openings():
    few = take_evenly(load_prompts().prompts, 36)
    assert len({prompt.text[:40] for prompt in few}) == 36
    assert take_evenly(load_prompts().prompts, 0) == []
    assert take_evenly(load_prompts().prompts, 10**6) == load_prompts().prompts


def test_the_sampling_settings_are_those_of_the_game():
    assert replace(SAMPLING, dry_multiplier=Sampling().dry_multiplier) == PRESETS["storyteller"]
    assert SAMPLING.dry_multiplier == 0
