"""Word lists for parsing what a player types. Data only."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VERBS = _words(
    """
    accept accuse activate admire aim answer apologise apologize approach argue arrest ask
    attack avoid awaken back bandage bang bargain beat beckon beg bend bind bite block blow
    board bow break breathe bribe bring brush build burn bury buy call calm camp cancel carry
    carve cast catch chant charge chase check cheer chop circle clap claim clean clear climb
    close collect combine come command concentrate confront consult consume continue convince
    cook cough count cover craft crawl creep cross crouch cry cure cut dance dash deactivate
    decide decline defend demand deny descend destroy dig dip disarm discard disguise dismount
    dive dodge drag draw dress drift drink drive drop duck eat embrace empty enter equip
    escape examine exit explain explore extinguish face fall feed feel fight fill find finish
    fire fix flee flip flirt float fly focus follow forgive free gather get give glance go
    grab greet grin groan growl guard guess hand hang haggle heal hear help hide hit hold hop
    hug hum hunt hurl hurry ignore imagine inhale inject insert inspect interrogate introduce
    investigate invite jog join jump keep kick kill kiss kneel knock land laugh launch lead
    lean leap learn leave lend let lie lift light listen load lock look loot lower make march
    meditate meet mine mount move mumble mutter nod notice obey offer open order pack paint
    panic pass pause pay peek peel peer perform pet pick play plead pocket point poke pour
    practise practice praise pray prepare press pretend proceed promise protect pull punch
    purchase push put question raise reach read recite refuse relax release reload remain
    remember remove repair repeat reply report rescue rest retreat retrieve return ride ring
    rise roll rub run rush salute save say scan scold scream search seize sell send set shake
    sharpen shine shiver shoot shout shove show shrug shut sigh sing sit skip slam slap slash
    slay sleep slide slip smash smell smile smoke sneak sniff snort speak spin spit sprint
    squeeze stab stand stare start stay steal step sting stop strike stroke study summon
    surrender swallow swear swim swing switch take talk taste taunt teach tear tell thank
    think threaten throw thrust tickle tie tighten tiptoe toss touch track trade travel trip
    trust try turn twist unequip unfold unlock unwrap use vault visit vomit wait wake walk
    wander warn wash watch wave wear weep whisper whistle win wink wipe wonder work wrap write
    yawn yell yield
    """
)
"""Common imperative verbs, with which a command begins."""

SUBJECTS = _words(
    """
    i you he she it we they there this that these those the a an my your his her its our their
    some every everyone everybody everything each no nobody nothing none someone somebody
    something anyone both all another one two three four five six
    """
)
"""First words of a sentence that has a subject."""

CONNECTIVES = _words(
    "then and but also now finally afterwards instead meanwhile next so ok okay alright well"
)
"""What may precede a command: then open the door."""

PHRASE_STARTS = _words(
    """
    with without after before using in on at from under behind while when whenever if once as
    because since until by during despite for
    """
)
"""First words of a phrase that a comma ends: with my sword, attack."""

LONE_VERBS = _words(
    """
    applaud bake bark bathe beg bleed blink bluff bounce brag brood burp cackle chat chew chuckle
    complain compliment confess crouch curse curtsy daydream dab die disappear doodle doze dream
    drown eavesdrop exhale exercise faint fart fidget fish flail flex float frown gamble gasp gaze
    giggle gloat grieve grimace grovel gulp hesitate hibernate hiss hover howl improvise inquire
    itch jiggle juggle jostle kneel knit levitate limp linger loiter lurk meow moan moonwalk mourn
    nap negotiate pant parry paddle pee ponder pounce pout prance protest pry puke purr quit race
    rage rap react rebel recover regroup resign resist respond retaliate retire riot roar roam row
    sail scavenge scowl scramble scuttle shapeshift shudder sidestep simmer skate sketch ski skulk
    slink slither smirk smoulder snarl sneer snicker snooze snore sob socialise soar somersault
    spy squat squint squirm stagger stall stammer starve steer stomp straighten stretch stroll
    strut stumble sulk sunbathe surf swagger swallow sweat swoon sway tap teleport thrash tremble
    trot trudge twerk twitch unwind urinate vanish vote waddle wade wail waltz whimper whine
    wiggle wince wobble worry wrestle wriggle yodel
    """
)
"""Verbs that are commands when they stand alone: some are nouns in other places."""

DIRECTIONS = _words(
    """
    to into toward towards through up down across inside outside onto over around along past
    away home upstairs downstairs forward forwards backward backwards north south east west
    northeast northwest southeast southwest in out left right under behind
    """
)
"""Where to go, in a command without a verb."""

QUESTION_WORDS = _words("where what who why how which whose")
"""First words of a question."""

AUXILIARIES = _words(
    """
    am is are was were can could will would shall should do does did may might must have has
    had isn't aren't wasn't weren't can't couldn't won't wouldn't shouldn't don't doesn't
    didn't
    """
)
"""First words of a question whose second word is its subject."""

QUESTION_OBJECTS = _words(
    "about comes dare dares else far goes happened kind long many much next not now old time"
)
"""What follows a question word without an auxiliary: who goes there, what now, how far."""

SHORT_QUESTION_ENDS = _words("again come exactly for me so then there to us")
"""What ends a question of two words: how so, where to, who me."""

ABBREVIATIONS = {
    "n": "go north",
    "s": "go south",
    "e": "go east",
    "w": "go west",
    "ne": "go northeast",
    "nw": "go northwest",
    "se": "go southeast",
    "sw": "go southwest",
    "u": "go up",
    "d": "go down",
    "l": "look around",
    "z": "wait",
    "i": "look at what you carry",
    "inv": "look at what you carry",
    "inventory": "look at what you carry",
}
"""What players of classic text adventures type."""
