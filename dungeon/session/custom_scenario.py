"""Help for writing an opening of your own, the same in both front ends."""

MACRO_HELP = """\
${hero}, or ${What is your name?}, is asked before the story begins and replaced by the answer. \
{{random::a cat::a dog}} draws one of them, {{pick::…::…}} the same one everywhere, \
{{roll:2d6}} rolls dice."""

DICE_EXAMPLE = "strength 2, wits -1, risky on"

OPENING_EXAMPLE = "You stand before a door that was not there yesterday."
