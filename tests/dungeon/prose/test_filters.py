"""What is the story's, and what is not."""

from dungeon.prose import RejectReason
from dungeon.prose.filters import LINE_START, SentenceFilter
from tests.dungeon.prose.shaping import shape_reply
from tests.rows import every_row


def flaw(text: str, action: str = "") -> RejectReason | None:
    return SentenceFilter(action).reject_reason(text, opens_line=True, opens_reply=True)


@every_row(
    "text",
    [
        '"Bang!" you shout at the guard.',
        '"Yes," you say quietly.',
        "“Who are you?” you ask.",
        "'I see,' you reply.",
        'You say, "I will go."',
        "You say, 'I will go.'",
        'You say "Bear", the Shadow\'s name.',
        'You look at the picture and say "This is her husband. I do not know her name."',
        'You take a moment to look at the ship and say, "This is your ship."',
        'You turn around, and then quietly ask, "Who?"',
        'He looks at you. He waits, and you answer: "No."',
        'You tell him, "The bridge is the only way."',
        'You softly whisper to the man, "Run."',
        "You: Hello there.",
        "Player: I go north.",
        "> You run.",
    ],
)
def test_words_put_in_the_players_mouth(text):
    assert flaw(text) is RejectReason.SPEAKS_FOR_PLAYER


@every_row(
    "text",
    [
        'They look at you and say, "You are late."',
        'You hear the guard say, "Halt!"',
        '"Go away," you hear him whisper.',
        'He looks straight at you and says, "My friend."',
        'As you enter, the guards shout, "Halt!"',
        'You turn to the twins, who bow and say, "My lord."',
        'You see three men step forward and say, "Stop."',
        '"Come," she tells you, and you follow.',
        '"You say that every day," she laughs.',
        "\"Then you say, 'No,' and he goes,\" she explains.",
        "You tell him that you are tired.",
        '"What is it?" you wonder.',
        'You read the sign, which says "EXIT".',
        "You ask for the key.",
        'You call the sword "Biter".',
    ],
)
def test_words_of_others_and_reported_speech_stay(text):
    assert flaw(text) is None


def test_the_players_own_words_may_be_repeated():
    action = 'You say "Who is there? Come out!"'
    assert flaw('"Who is there?" you call into the dark, and something moves.', action) is None
    assert (
        flaw('"Who is it?" you call into the dark, and something moves.', action)
        is RejectReason.SPEAKS_FOR_PLAYER
    )
    assert flaw('"The door," you say.', "You open the door.") is RejectReason.SPEAKS_FOR_PLAYER


def test_words_in_the_players_mouth_end_the_reply_before_them():
    written = 'The engineer frowns. "Halcyon," he says. You look at him and say, "Yes." He goes.'
    finished = shape_reply(written)
    assert finished.text == 'The engineer frowns. "Halcyon," he says.'
    assert finished.cut is RejectReason.SPEAKS_FOR_PLAYER


@every_row(
    "text",
    [
        "What do you do?",
        "So, what do you do now?",
        "How do you respond?",
        "How will you proceed?",
        "What will you do next?",
        "What does she do next?",
        "What do you say to it?",
        "What should I do for you?",
        "Which door do you choose?",
        "Do you follow it, or turn back?",
        "What now?",
        "The choice is yours.",
        "It's your turn.",
        "What happens next...",
    ],
)
def test_questions_that_hand_the_story_back(text):
    assert flaw(text) is RejectReason.QUESTION


@every_row(
    "text",
    [
        '"What do you do?" he asks.',
        '"How will you proceed?"',
        "How did you get here?",
        "What do you see but more stone, and a door.",
        "Who could have done this?",
        "Where the road ends, you stop.",
        "Do not move.",
    ],
)
def test_questions_of_the_story_stay(text):
    assert flaw(text) is None


@every_row(
    "text",
    [
        "(I) Go north.",
        "A) You run.",
        "1. A note that reads:",
        "Option 2: fight.",
        "Chapter 3",
        "Chapter 3: The Door",
        "**Chapter One: The Long Way Down**",
        "### Choices",
        "The end.",
        "THE END",
        "To be continued...",
        "***",
        "* * *",
        "---",
        "Title: The Halcyon",
        "P.S. The Halcyone has been damaged.",
        "2016-10-31 19:42:15 +0200",
        "<|im_end|>",
        "```",
        "https://a.example/story",
        "Note: this is a story.",
        "#23",
        "A: 1) BAMBELT (20 minutes ago).",
        "Translated by: Theo Blumenkranz (1984)",
        "Written on: 26th November 2017",
        "POPPIE STORY",
    ],
)
def test_debris(text):
    assert flaw(text) is RejectReason.DEBRIS


@every_row(
    "text",
    [
        "The end of the hall is dark.",
        "Part of you wants to run.",
        "*He sighs.*",
        "A door opens.",
        "I open it for you.",
        "(He does not answer.)",
        "1945 was a cold year.",
        "12 men stand in a row.",
        "Chapter houses stand along the road.",
        "— Who is there?",
        "- Who is there?",
        "Of course he is late.",
        "Sure of yourself, you climb.",
        "Here is the key.",
        "Lena: nothing.",
        "You are dead tired.",
        "The story goes that he drowned.",
        "Written on the wall in chalk is your name.",
        "NOT TONIGHT, you think.",
        "GET OUT!",
        "“KEEP OUT”",
        "BOOM",
    ],
)
def test_prose_that_resembles_debris_stays(text):
    assert flaw(text) is None


@every_row(
    "text",
    [
        "As an AI language model, I cannot go on.",
        "I'm sorry, but I can't help with that.",
        "Sure! Here is the next part.",
        "Here is a short story about a knight.",
        "Here's the continuation:",
        "Let me know if you want more.",
        "I hope this helps!",
        "What can I do for you?",
        "Would you like me to continue?",
        "The story ends with the old man telling you how he could not leave.",
        "This is not a story about a magical creature, and you know that.",
        "This is the story of the end of the world.",
        "This is the ending of the story.",
    ],
)
def test_an_assistants_talk(text):
    assert flaw(text) is RejectReason.ASSISTANT


def test_an_echo_is_the_action_itself_and_only_at_the_beginning():
    assert flaw("You open the door.", "You open the door.") is RejectReason.ECHO
    assert flaw("You say “Who?”", 'You say "Who?"') is RejectReason.ECHO
    assert flaw("You open the door slowly.", "You open the door.") is None
    sentences = SentenceFilter("You open the door.")
    assert sentences.reject_reason("You open the door.", opens_line=True, opens_reply=False) is None


def test_doubt_lasts_until_a_sentence_is_certain():
    def doubts(start: str) -> bool:
        return SentenceFilter("You open the door of the north tower.").may_reject(
            start, opens_line=True, opens_reply=True
        )

    assert doubts("T")
    assert doubts("You open the door of the north")
    assert doubts("What will become of you, now that")
    assert not doubts("The hall is long and dark" + "." * LINE_START)


# Replies of SmolLM2-135M-Instruct, shortened.
@every_row(
    ("written", "told"),
    [
        (
            "\nThe hooded figure looks you straight in the eye.\n\nA piece of leather.\n\n"
            "What do you do?",
            "The hooded figure looks you straight in the eye.\n\nA piece of leather.",
        ),
        (
            '\nThe engineer says, "The Halcyone."\n\n> The engineer says "The Halcyon"\n',
            'The engineer says, "The Halcyone."',
        ),
        ("\nThe lady looks at you. How do you respond?", "The lady looks at you."),
        ("> She hands you the envelope.\n> What do you do?", ""),
        ("\nWhat do you do?", ""),
        (
            "\nI'm a man named Captain Ariel. The captain of the Halcyon...\n\nP.S. The Halcyone",
            "I'm a man named Captain Ariel. The captain of the Halcyon...",
        ),
        (
            '\nIn the picture is a woman.\n\nYou look at the picture and say "This is her hus',
            "In the picture is a woman.",
        ),
        (
            "\nShe says, 'I see your way. I've seen dragons before.' She tells you, 'You're not "
            "the only one.'\n\nShe gives you a",
            "She says, 'I see your way. I've seen dragons before.' She tells you, 'You're not "
            "the only one.'",
        ),
    ],
)
def test_replies_of_small_models(written, told):
    assert shape_reply(written).text == told
