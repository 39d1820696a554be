"""What is typed becomes an action in the words of the transcript."""

import pytest

from dungeon.actions import MAX_ACTION, MAX_STORY, parse_action
from dungeon.errors import InputRefused
from dungeon.story import Action, Kind
from tests.rows import every_row

ACTIONS = [
    # A command gets a subject.
    ("take my sword", "You take your sword."),
    ("Take my sword", "You take your sword."),
    ("draw my sword.", "You draw your sword."),
    ("I draw my sword", "You draw your sword."),
    ("i draw my sword", "You draw your sword."),
    ("You draw your sword", "You draw your sword."),
    ("you draw your sword", "You draw your sword."),
    ("to draw my sword", "You draw your sword."),
    ("carefully open the door", "You carefully open the door."),
    ("then open the door", "Then you open the door."),
    ("carefully, open the door", "Carefully, you open the door."),
    ("with my sword, attack the orc", "With your sword, you attack the orc."),
    ("when I wake, run", "When you wake, you run."),
    ("then, carefully, run", "Then, carefully, you run."),
    ("do not move", "You do not move."),
    ("don’t move", "You don’t move."),
    ("not move", "You do not move."),
    ("Stay here. Not going out.", "You stay here. Not going out."),
    # What AI Dungeon 2 got wrong (facts of 2019).
    ("Inspect the rune", "You inspect the rune."),
    ("USE KEY", "You use key."),
    ("tell him to follow me", "You tell him to follow you."),
    ("look behind me", "You look behind you."),
    # Verbs agree.
    ("I am hungry", "You are hungry."),
    ("am hungry", "You are hungry."),
    ("im hungry", "You're hungry."),
    ("I'm hungry and I've no food", "You're hungry and you've no food."),
    ("be quiet", "You are quiet."),
    ("I was tired and was cold", "You were tired and were cold."),
    ("take the lamp and i go north", "You take the lamp and you go north."),
    ("you and I go north", "The two of you go north."),
    # Capitals that are a word's own are kept.
    ("Use the KEY", "You use the KEY."),
    ("ask NPC about DNA", "You ask NPC about DNA."),
    ("I USE THE KEY", "You use the key."),
    ('OPEN THE BOX CALLED "ZAP"', 'You open the box called "ZAP."'),
    # A sentence with a subject of its own keeps it.
    ("the guard falls asleep", "The guard falls asleep."),
    ("my sword glows", "Your sword glows."),
    ("he attacks me", "He attacks you."),
    ("Rowan smiles at me", "Rowan smiles at you."),
    ("suddenly a dragon appears", "Suddenly a dragon appears."),
    ("when the guard sleeps I run", "When the guard sleeps you run."),
    ("what I see scares me", "What you see scares you."),
    # Several sentences.
    ("look around. open the door", "You look around. You open the door."),
    ("Open the door! Nothing happens.", "You open the door! Nothing happens."),
    ("I look at Mr. Smith. Smith laughs", "You look at Mr. Smith. Smith laughs."),
    # Ways to go, and the short forms of old games.
    ("north", "You go north."),
    ("to the north", "You go to the north."),
    ("up the stairs", "You go up the stairs."),
    ("under the bed", "You go under the bed."),
    ("n", "You go north."),
    ("z.", "You wait."),
    ("x lamp", "You examine lamp."),
    ("go n", "You go north."),
    ("Walk NE, then look", "You walk northeast, then look."),
    ("i go s and wait", "You go south and wait."),
    ("run e to the gate", "You run east to the gate."),
    ("n, n then e", "You go north, then north, then east."),
    ("n e", "You go north, then east."),
    ("head e, then s and w", "You head east, then south and west."),
    ("go n and take the lamp", "You go north and take the lamp."),
    ("go s street", "You go s street."),
    # A filler stays before what is done; a question to oneself does not end it.
    ("ok open the door", "Ok you open the door."),
    ("ok, open the door", "Ok, you open the door."),
    ("well, take my lamp", "Well, you take your lamp."),
    ("welcome the guests", "You welcome the guests."),
    ("x me", "You examine yourself."),
    ("look at me.", "You look at yourself."),
    ("open the door?", "You open the door?"),
    ("I open the door, is it locked?", "You open the door, is it locked?"),
    ("now is the time to fight", "Now is the time to fight."),
    # Mine, but not done to me.
    ("pull the blanket off me", "You pull the blanket off you."),
    ("take the lamp with me", "You take the lamp with you."),
    ("bring with me the lamp", "You bring with you the lamp."),
    ("let go of the rope", "You let go of the rope."),
    ("see off the wolves", "You see off the wolves."),
    ("curse the king", "You curse the king."),
    # How a line ends.
    ("attack!", "You attack!"),
    ("wait…", "You wait…"),
    ("wait...", "You wait..."),
    ("go north,", "You go north."),
    ('say "hello"', 'You say "hello."'),
    ('say "hello,"', 'You say "hello."'),
    ('say "hello!"', 'You say "hello!"'),
    ("say “I am king”", "You say “I am king.”"),
    ("say 'I am king'", "You say 'I am king.'"),
    ('shout "I am king', 'You shout "I am king."'),
    ('climb a 6" wall', 'You climb a 6" wall.'),
    ('open the "', "You open the."),
    # Habits and paste.
    ("> look around", "You look around."),
    (">>look around", "You look around."),
    ("*draw my sword*", "You draw your sword."),
    ("take\n  the\tlamp ", "You take the lamp."),
    ("take\x1b[2J the\u202e lamp", "You take[2J the lamp."),
]

SPEECH = [
    ('"hello there', 'You say "Hello there."'),
    ('"Hello there"', 'You say "Hello there."'),
    ("“I am king!”", 'You say "I am king!"'),
    ("'where is it?'", 'You say "Where is it?"'),
    ("«hello»", 'You say "Hello."'),
    ('"Go!" and wave my hand', 'You say "Go!" and wave your hand.'),
    ('"I go," I say', '"I go," you say.'),
    # Typed without quotation marks, yet said.
    ("where am I?", 'You say "Where am I?"'),
    ("where am i", 'You say "Where am I?"'),
    ("what's that", 'You say "What\'s that?"'),
    ("who goes there", 'You say "Who goes there?"'),
    ("can I see the map", 'You say "Can I see the map?"'),
    ("do you know me", 'You say "Do you know me?"'),
    ("hello", 'You say "Hello."'),
    ("yes", 'You say "Yes."'),
    ("please open the door", 'You say "Please open the door."'),
    ("Rowan, come here", 'You say "Rowan, come here."'),
    ("give it to me", 'You say "Give it to me."'),
    ("give the old lamp to me!", 'You say "Give the old lamp to me!"'),
    ("follow me", 'You say "Follow me."'),
    # Nobody does that to themselves.
    ("let go of me!", 'You say "Let go of me!"'),
    ("get away from me", 'You say "Get away from me."'),
    ("stop following me", 'You say "Stop following me."'),
    ("don't hurt me", 'You say "Don\'t hurt me."'),
    ("put me down", 'You say "Put me down."'),
    ("you killed my father", 'You say "You killed my father."'),
    ("you're my friend", 'You say "You\'re my friend."'),
    # Questions of one word, and behind a statement.
    ("why", 'You say "Why?"'),
    ("who me", 'You say "Who me?"'),
    ("why not", 'You say "Why not?"'),
    ("how dare you", 'You say "How dare you?"'),
    ("and who are you", 'You say "And who are you?"'),
    ("then what", 'You say "Then what?"'),
    ("my lamp is out, what now?", 'You say "My lamp is out, what now?"'),
    ("I have no lamp. what now?", 'You say "I have no lamp. What now?"'),
    ("anyone here?", 'You say "Anyone here?"'),
    # Curses and exclamations.
    ("damn it", 'You say "Damn it."'),
    ("damn this lock!", 'You say "Damn this lock!"'),
    ("oh my god", 'You say "Oh my god."'),
    ("no way", 'You say "No way."'),
    ("hell no", 'You say "Hell no."'),
    ("god help me", 'You say "God help me."'),
    ("ouch, my foot", 'You say "Ouch, my foot."'),
    ("for god's sake", 'You say "For god\'s sake."'),
    ("well done", 'You say "Well done."'),
    ("well, well", 'You say "Well, well."'),
    ("ok, tell me your name", 'You say "Ok, tell me your name."'),
    ("okay, you win", 'You say "Okay, you win."'),
    ("welcome to my house", 'You say "Welcome to my house."'),
    ("look at me!", 'You say "Look at me!"'),
    ("examine me, doctor", 'You say "Examine me, doctor."'),
    ("shut up", 'You say "Shut up."'),
    ("what the hell is this", 'You say "What the hell is this?"'),
    # Us is more than the player.
    ("let's go", 'You say "Let\'s go."'),
    ("lets open the door", 'You say "Lets open the door."'),
    ("let's draw our swords", 'You say "Let\'s draw our swords."'),
    # What frames a quotation does not change how it begins.
    ('"who are you?" I ask', '"Who are you?" you ask.'),
    ('"run. now!" i shout', '"Run. Now!" you shout.'),
]

ASIDES = ["(OOC: make it scarier)", "[pause]", "((brb))", "{more rain}", "OOC: no fights please"]
"""Said to the narrator: nothing of it is changed."""

MIXED = [
    # Behind a question or a greeting, what is done is done.
    ("is he dead? search his body", 'You say "Is he dead?" You search his body.'),
    ("hello. open the door", 'You say "Hello." You open the door.'),
    ("who are you? I draw my sword", 'You say "Who are you?" You draw your sword.'),
    ("where am i? look around. go north", 'You say "Where am I?" You look around. You go north.'),
    ("yes! then I carefully open it", 'You say "Yes!" Then you carefully open it.'),
    ("what is this? n", 'You say "What is this?" You go north.'),
    ("open the door. who is there?", 'You open the door. You say "Who is there?"'),
    ("who did it? i ask Mr. Smith", 'You say "Who did it?" You ask Mr. Smith.'),
    ('who is it? say "open up"', 'You say "Who is it?" You say "open up."'),
    # What is said to somebody stays together.
    ("who are you? what do you want?", 'You say "Who are you? What do you want?"'),
    ("hello. I am Bram", 'You say "Hello. I am Bram."'),
    ("hello. I come in peace", 'You say "Hello. I come in peace."'),
    ("who are you? speak!", 'You say "Who are you? Speak!"'),
    ("who are you? show yourself", 'You say "Who are you? Show yourself."'),
    ("can you hear me? open the door", 'You say "Can you hear me? Open the door."'),
    ("please listen. take the lamp", 'You say "Please listen. Take the lamp."'),
    ("Rowan, come here. open the door", 'You say "Rowan, come here. Open the door."'),
    ("is it Dr. Lee? run", 'You say "Is it Dr. Lee?" You run.'),
    ("You look at him. Is he dead?", "You look at him. Is he dead?"),
]

NOT_SPEECH = ["do a dance", "have a rest", "run, jump and hide", "no one moves", "say hello"]

SAID = [
    ("hello there", 'You say "Hello there."'),
    ("i am king", 'You say "I am king."'),
    ("“I am king”", 'You say "I am king."'),
    ('"I am king', 'You say "I am king."'),
    ('He said "no" to me', "You say \"He said 'no' to me.\""),
    ('"Go" or "stay"?', "You say \"'Go' or 'stay'?\""),
    ("who is it?", 'You say "Who is it?"'),
    ("run!", 'You say "Run!"'),
    ("wait,", 'You say "Wait."'),
    ("but—", 'You say "But—"'),
    ("...", 'You say "..."'),
    ("> hello", 'You say "Hello."'),
    ("well…\nfine", 'You say "Well… fine."'),
    ("hello. are you there? yes! i am", 'You say "Hello. Are you there? Yes! I am."'),
    ("i wait... maybe.. so it is", 'You say "I wait... maybe.. so it is."'),
    ("no lamps, e.g. this. it broke", 'You say "No lamps, e.g. this. It broke."'),
    ("ask mr. smith at 5 p.m. today", 'You say "Ask mr. smith at 5 p.m. today."'),
    ("it is on grue.example.org. see", 'You say "It is on grue.example.org. see."'),
    ("ruf dr. ab. es ist bzw. war der hund", 'You say "Ruf dr. ab. es ist bzw. war der hund."'),
    ("he said 'no.' and left. i ran", "You say \"He said 'no.' and left. I ran.\""),
    ("l" + "!" * 900 + " x", 'You say "L' + "!" * 900 + ' X."'),
]


@every_row(("typed", "text"), ACTIONS)
def test_a_command_becomes_an_action(typed: str, text: str) -> None:
    assert parse_action(typed) == Action(Kind.DO, text)


@every_row(("typed", "text"), SPEECH)
def test_do_mode_detects_speech(typed: str, text: str) -> None:
    assert parse_action(typed) == Action(Kind.SAY, text)


@every_row("typed", ASIDES)
def test_what_is_said_to_the_narrator_stays_as_it_is(typed: str) -> None:
    assert parse_action(typed) == Action(Kind.DO, typed)


@every_row(
    ("typed", "text"),
    [
        ("who goes there", "Who goes there."),
        ("follow me", "You follow you."),
        ("damn it", "You damn it."),
    ],
)
def test_what_the_player_calls_an_action_is_not_said(typed: str, text: str) -> None:
    assert parse_action(typed, detect_speech=False) == Action(Kind.DO, text)
    assert parse_action(f'"{typed}"', detect_speech=False).kind is Kind.SAY


@every_row(("typed", "text"), MIXED)
def test_what_is_said_is_told_from_what_is_done(typed: str, text: str) -> None:
    assert parse_action(typed).text == text
    assert parse_action(text).text == text


@every_row("typed", NOT_SPEECH)
def test_do_mode_does_not_take_a_command_for_speech(typed: str) -> None:
    assert parse_action(typed).kind is Kind.DO


@every_row(("typed", "text"), SAID)
def test_say_mode_says(typed: str, text: str) -> None:
    assert parse_action(typed, Kind.SAY) == Action(Kind.SAY, text)


@every_row("mode", [Kind.DO, Kind.SAY, Kind.STORY, Kind.CONTINUE])
@every_row("typed", ["", "  \n ", ">", "> >", "\x00\u200b"])
def test_an_empty_line_is_continue(typed: str, mode: Kind) -> None:
    assert parse_action(typed, mode) == Action(Kind.CONTINUE)


@every_row(("typed", "mode"), [("?!", Kind.DO), ('"', Kind.SAY), ('""', Kind.DO)])
def test_punctuation_alone_is_continue(typed: str, mode: Kind) -> None:
    assert parse_action(typed, mode) == Action(Kind.CONTINUE)


def test_continue_mode_ignores_the_line() -> None:
    assert parse_action("take my sword", Kind.CONTINUE) == Action(Kind.CONTINUE)


def test_prose_is_kept_as_written() -> None:
    typed = "I was king.\r\n\r\n\r\n“Was I?”\x1b\n> Yes.\n"
    assert parse_action(typed, Kind.STORY) == Action(Kind.STORY, "I was king.\n\n“Was I?”\nYes.")


@every_row(
    ("mode", "longest"),
    [(Kind.DO, MAX_ACTION), (Kind.SAY, MAX_ACTION), (Kind.STORY, MAX_STORY)],
)
def test_an_action_has_a_maximum_length(mode: Kind, longest: int) -> None:
    assert parse_action("a" * longest, mode).kind is mode
    with pytest.raises(InputRefused, match=rf"{longest + 1:,} characters.*Shorten it"):
        parse_action("a" * (longest + 1), mode)
