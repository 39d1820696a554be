"""Patterns for what only the living do: speak, get up, take, look at somebody.

In present tense alone, since the past is told of the dead as well. What a dead body does too is
left out: it lies, falls, slides, hangs, holds, bleeds, stares.
"""

from dungeon.state.phrases import any_of

SPEAKS = any_of(
    "says, asks, whispers, shouts, replies, answers, mutters, yells, cries, calls, murmurs, adds",
    "mumbles, growls, hisses, snarls, grunts, barks, screams, explains, repeats, warns, orders",
    "demands, declares, begs, pleads, agrees, admits, continues, insists, laughs, sighs, sobs",
    "groans, moans, gasps, croaks",
)
"""Verbs that say who has spoken: `"Halt," says the guard.`"""

_ALONE = any_of(
    "speaks, talks, tells, sings, swears, curses, promises, chuckles, giggles, weeps, howls, roars",
    "whistles, greets, thanks, nods, shrugs, frowns, scowls, sneers, winks, blinks, yawns, snores",
    "sneezes, coughs, breathes, wakes, awakes, awakens, stirs, walks, runs, steps, limps, marches",
    "strides, hurries, rushes, leaps, jumps, sneaks, creeps, flees, crawls, climbs, follows, leads",
    "chases, enters, arrives, returns, attacks, bites, kicks, punches, grabs, seizes, snatches",
    "shoots, stabs, dodges, ducks, struggles, hesitates, listens, sniffs, spits, chews, eats",
    "drinks, dances, waves, beckons, bows, salutes",
)
"""Verbs that need nothing more."""

_OWN = "(?:his|her|its|their)"
_SOME = "(?:his|her|its|the|a|an|one|both|your)"
_WITH_MORE = (
    rf"(?:gets|stands|sits) up|gets (?:back )?to {_OWN} feet|gets on {_OWN} feet",
    rf"rises (?:to {_OWN} feet|up from|from|again)",
    "comes (?:closer|nearer|toward|towards|at you|up to you|over to|after you|running|walking)",
    "comes (?:back|in|to (?:you|the (?:door|window|gate))|out of the (?:house|room|hall|door))",
    "moves (?:toward|towards|closer)|(?:goes|keeps) on (?:talking|walking)",
    rf"(?:turns|looks) (?:to|toward|towards|at) you|turns {_OWN} head",
    r"turns (?:(?:around|round) )?and (?!falls|rolls|lies)",
    "looks at (?:your?|it|him|her|them|the (?!ceiling|sky|stars?|wall|sun|moon|roof|floor))",
    "looks (?:around|round|back at|away)",
    rf"shakes (?:{_OWN} (?:head|fist)|hands|your hand)",
    r"(?:smiles|grins)(?: at you| and|(?=\W*$|[.,;!]))",
    rf"(?:opens|closes|shuts) {_SOME}|picks up|picks {_SOME}|puts (?:{_SOME}|down|on)",
    "takes (?!a (?:long|lot|while)|the (?:whole|weight|blow|fall|last))"
    "(?:his|her|its|your|you|it|the|a|an|out|off|hold)",
    rf"gives you (?:his|her|its|the|your|back)|(?:gives|hands) (?:him|her|them) {_SOME}",
    "hands (?:you|over)|(?:shows|offers|helps|pays) (?:you|him|her|them)",
    r"lets you (?:in|out|go|pass|through)|throws you|draws (?:his|her|its|their)",
    rf"(?:raises|lifts|throws|swings|aims) (?:{_OWN}|the|a)",
    rf"(?:swings|fires|aims|points|strikes) at|points (?:to|{_OWN}|the|a)",
    rf"pulls (?:out|{_OWN}|a|himself|herself|on|off)|pushes (?:you|past|him|her)",
    "(?:hits|strikes) (?:you|back|him|her)|tries (?:to|again)|decides|notices you",
    "(?:sees|hears) you",
)
"""Verbs that a body has as well, with what makes them an act."""

_DOING = any_of(
    "talking, speaking, laughing, smiling at you, walking, running, shouting, screaming, singing",
    "eating, drinking, breathing, snoring, getting up, sitting up, standing up, looking at you",
    "coming toward, coming towards, coming closer, following you, crying, crawling, climbing",
)

CREATURE_ACTS = rf"(?:{SPEAKS}|{_ALONE}|(?:gets|stands|sits) up|opens its|looks at you)"
"""What `it` does only where that is somebody: it takes long to skin a bear."""

ACTS = rf"(?:{SPEAKS}|{_ALONE}|{'|'.join(_WITH_MORE)}|is (?:still |now |already )*{_DOING})"
"""What somebody does who is alive."""
