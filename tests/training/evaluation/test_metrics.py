"""Provides proof that each measure counts what its docstring says, and not its neighbour."""

import pytest

from dungeon import transcript
from dungeon.sampling import PRESETS
from dungeon.transcript import ActionLine, Prose
from training.evaluation.metrics import METRICS, Reply
from training.evaluation.prompts import prompts
from training.evaluation.replies import SAMPLING


def reply(text, *, ended=True, deed="You open the door.", others=()):
    return Reply(text, ended, deed, others)


def measured(name, *texts, **options):
    return METRICS[name]([reply(text, **options) for text in texts])


@pytest.mark.parametrize(
    ("name", "holds", "fails"),
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
def test_what_counts_and_what_does_not(name, holds, fails):
    assert measured(name, holds) == 1
    assert measured(name, fails) == 0
    assert measured(name, holds, fails, fails, fails) == 0.25


def test_second_person_is_counted_among_those_that_speak_of_the_hero():
    assert measured("second_person", "You run.", "I run.", "The door opens.") == 0.5
    assert measured("second_person", 'He says, "I will, you know."') == 0


def test_what_the_action_said_is_not_put_into_the_players_mouth():
    deed = "You say “Who is there?”"
    assert measured("speaks_for_player", 'You say "Who is there?" again.', deed=deed) == 0
    assert measured("speaks_for_player", 'You say "Who are you?"', deed=deed) == 1


def test_distinct_counts_runs_over_all_replies():
    assert measured("distinct_2", "a b c", "a b d") == 0.75
    assert measured("distinct_3", "a b c", "a b c") == 0.5
    assert measured("distinct_2") == 0


def test_an_answer_is_held_against_actions_that_were_not_taken():
    told = reply("The lamp goes out.", deed="You blow the lamp out.", others=("You sing a song.",))
    assert METRICS["responsiveness"]([told]) == 1
    assert METRICS["responsiveness_by_chance"]([told]) == 0
    wordless = reply("It rains.", deed="You ask him why.")
    assert METRICS["responsiveness"]([told, wordless]) == 1


def test_no_replies_measure_nothing_and_break_nothing():
    assert {measure([]) for measure in METRICS.values()} == {0.0}


def test_every_measure_tells_its_limits():
    for name, measure in METRICS.items():
        told = measure.__doc__ or ""
        assert name == "empty" or "imits" in told or "The mean" in told or "Over the" in told, name


def test_there_are_more_than_two_hundred_prompts_in_the_games_own_form():
    found = prompts().prompts
    assert len({prompt.text for prompt in found}) == len(found) >= 200
    for prompt in found:
        blocks = transcript.read(prompt.text)
        assert isinstance(blocks[0], Prose)
        assert blocks[-1] == ActionLine(prompt.deed)
        assert transcript.as_prompt(transcript.write(blocks)) == prompt.text
        assert len(prompt.others) == 5


def test_fewer_prompts_are_spread_over_the_openings():
    few = prompts().spread(36)
    assert len({prompt.text[:40] for prompt in few}) == 36
    assert prompts().spread(0) == ()
    assert prompts().spread(10**6) == prompts().prompts


def test_replies_are_drawn_as_the_game_draws_them():
    game = next(iter(PRESETS.values()))
    assert dict(SAMPLING) == {
        "temperature": game.temperature,
        "top_p": game.top_p,
        "min_p": game.min_p,
        "repetition_penalty": game.repeat_penalty,
    }
    assert game.top_k == 0
