"""What is no command stays as it is, and an action that is parsed again does not change."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from dungeon import transcript
from dungeon.actions import parse_action
from dungeon.story import Kind
from tests.rows import every_row

PIECES = st.sampled_from([
    "I", "i", "am", "was", "me", "my", "you", "You", "take", "go", "Rowan", "the", "then",
    "carefully", "with", "to", "let's", "be", "not", "where", "do", "can", "hello",
    "give", "it", "north", "USE",
    ">", "*", "_", '"', "“", "”", "'", "’", "«", "»", ".", ",", "!", "?", "…", "—", "-", ":", "(",
    ")", "\n", "x", "6", "1", "im", "A",
])  # fmt: skip
TYPED = st.lists(PIECES, max_size=14).map(" ".join) | st.lists(PIECES, max_size=14).map("".join)


SPEECH_TO_YOU = [
    ("I love you, cat", 'You say "I love you, cat."'),
    ("i'll help you", 'You say "I\'ll help you."'),
    ("I want your sword", 'You say "I want your sword."'),
    ('I say "I love you"', 'You say "I love you."'),
    ("you and I go north", "The two of you go north."),
    ("I follow Rowan", "You follow Rowan."),
    ("I look at you and I laugh.", 'You say "I look at you and I laugh."'),
]

DIRECT_SPEECH = [
    # Said word for word, with or without quotation marks.
    ("say Get away from my lamp, beast", 'You say "Get away from my lamp, beast."'),
    ("say my lamp is going out", 'You say "My lamp is going out."'),
    ("I say i'm late", 'You say "I\'m late."'),
    ("SAY MY LAMP IS OUT", 'You say "My lamp is out."'),
    ("say hello, is anybody here?", 'You say "Hello, is anybody here?"'),
    ("say where is my lamp", 'You say "Where is my lamp?"'),
    ("say that's my lamp", 'You say "That\'s my lamp."'),
    ("say I love you, cat", 'You say "I love you, cat."'),
    ("say xyzzy", 'You say "Xyzzy."'),
    ("say Rowan, come here", 'You say "Rowan, come here."'),
    ("say to him my lamp is out", 'You say to him "My lamp is out."'),
    ("say to the old guard: I am king", 'You say to the old guard: "I am king."'),
    ("tell the guard: my lamp is out", 'You tell the guard: "My lamp is out."'),
    ("ask, where am I?", 'You ask "Where am I?"'),
    ("loudly shout my name is Bob", 'You loudly shout "My name is Bob."'),
    ("yell get out", 'You yell "Get out."'),
    ("whisper my god", 'You whisper "My god."'),
    ("open the door and say I am home", 'You open the door and say "I am home."'),
    ('say hello there "friend"', "You say \"Hello there 'friend'.\""),
    ("say I am 'king' here", "You say \"I am 'king' here.\""),
    ('say hello and shout "run"', 'You say hello and shout "run."'),
    ('say that "no" is no', 'You say that "no" is no.'),
    ("write I was here on the wall", 'You write "I was here on the wall."'),
    # Told: what it is about is the story's, and in the story the player is you.
    ("say that my lamp is going out", "You say that your lamp is going out."),
    ("say my prayers", "You say your prayers."),
    ("say hello to my aunt", "You say hello to your aunt."),
    ("say the magic word", "You say the magic word."),
    ("say nothing", "You say nothing."),
    ("scream my head off", "You scream your head off."),
    ("shout back", "You shout back."),
    ("shout for my aunt", "You shout for your aunt."),
    ("ask where my lamp is", "You ask where your lamp is."),
    ("tell him my name", "You tell him your name."),
    ("answer the door", "You answer the door."),
    ("declare my love for the queen", "You declare your love for the queen."),
    ("carve my name into the tree", "You carve your name into the tree."),
]

UNKNOWN_WORDS = [
    ("xyzzy", "Xyzzy."),
    ("plugh!", "Plugh!"),
    ("...xyzzy", "Xyzzy."),
    ("lamp", "Lamp."),
    ("Rowan", "Rowan."),
    ("hola", "Hola."),
    ("juggle", "You juggle."),
    ("upstairs", "You go upstairs."),
    ("inventory", "You look at what you carry."),
]

OTHER_LANGUAGES = [
    ("öffne Tür", "Öffne Tür."),
    ("bonjour madame", "Bonjour madame."),
    ("te quiero", "Te quiero."),
    ("je t'aime", "Je t'aime."),
    ("öffne die Tür", "Öffne die Tür."),
    ("abre la puerta", "Abre la puerta."),
    ("j'ouvre la porte", "J'ouvre la porte."),
    ("ich gehe nach Norden", "Ich gehe nach Norden."),
    ("apri la porta con la chiave", "Apri la porta con la chiave."),
    ("открыть дверь", "Открыть дверь."),
    ("ドアを開ける", "ドアを開ける."),
    # English, with words that others have, too.
    ("die", "You die."),
    ("go to el Paso", "You go to el Paso."),
    ("zap la llama with the wand", "You zap la llama with the wand."),
    ("defenestrate Rowan", "You defenestrate Rowan."),
    ("naïvely trust the café", "You naïvely trust the café."),
]


@every_row(("typed", "action"), SPEECH_TO_YOU + DIRECT_SPEECH + UNKNOWN_WORDS + OTHER_LANGUAGES)
def test_what_is_no_command_is_left_alone(typed: str, action: str) -> None:
    assert parse_action(typed).text == action
    assert parse_action(action).text == action


@given(TYPED | st.text(max_size=60), st.sampled_from([Kind.DO, Kind.SAY]))
@example("so " * 333, Kind.DO)
@example("by, " * 250, Kind.DO)
@example("to " * 333, Kind.DO)
@example("a. " * 333, Kind.DO)
def test_the_transcript_does_not_change_an_action(typed: str, mode: Kind) -> None:
    action = parse_action(typed, mode)
    if action.kind is Kind.CONTINUE:
        assert not action.text
        return
    assert transcript.write([transcript.ActionLine(action.text)]) == "> " + action.text
    assert transcript.read("> " + action.text) == [transcript.ActionLine(action.text)]


@settings(
    derandomize=True
)  # a player's nonsense is endless; a suite that fails by chance is no help
@given(TYPED | st.text(max_size=60), st.sampled_from([Kind.DO, Kind.SAY]))
def test_editing_an_action_without_a_change_changes_nothing(typed: str, mode: Kind) -> None:
    text = parse_action(typed, mode).text
    assert parse_action(text).text == text


@given(TYPED | st.text(max_size=60))
def test_prose_is_normalised_as_in_a_transcript(typed: str) -> None:
    text = parse_action(typed, Kind.STORY).text
    assert transcript.normalise(text) == text


def test_an_action_with_a_dice_roll_can_be_edited_again() -> None:
    text = "You jump. (You roll 14 of 20 and succeed.)"
    assert parse_action(text).text == text
