"""Nouns of people and animals. Data only."""

MEN = frozenset(
    """
    baker barber barman bishop blacksmith boy boys bridegroom brother brothers butcher cowboy
    duke emperor father fathers fellow fisherman foreman gentleman grandfather gunman headman
    henchman henchmen husband king lad lads lord lumberjack man mayor men miller monk monks
    nephew policeman pope priest prince sheriff sir smith son sons squire uncle waiter warden
    watchman wizard
    """.split()
)
WOMEN = frozenset(
    """
    aunt barmaid bride countess crone daughter duchess empress girl girls grandmother lady
    maid mother mothers niece nun nuns princess queen sister sisters waitress widow wife witch
    witches woman women
    """.split()
)
EITHER = frozenset(
    """
    acolyte actor agent archer archers assassin assassins baby bandit bandits boss bounty-hunter
    brute butler captain chief child children clerk colonel commander companion constable cook
    corporal count cousin crew cultist cultists dealer deputy doctor driver dwarf dwarves elder
    elf elves enemies enemy farmer foe foes friend friends general guard guards guest guide
    healer helper hermit host hunter hunters innkeeper inspector intruder jailer judge keeper
    killer knight knights leader lieutenant lookout major master mercenaries mercenary merchant
    messenger murderer neighbour nomad nurse officer orphan outlaw outlaws parson passenger
    patient peasant pilot pirate pirates poacher porter prisoner prisoners professor pupil raider
    raiders ranger rebel rider riders robber robbers sailor sailors scholar scout sentries sentry
    sergeant servant servants shepherd slaver smuggler sniper soldier soldiers sorcerer spy
    stranger strangers student surgeon suspect tailor teacher thief thieves thug thugs traitor
    traveller trooper troopers vagrant vicar victim villager villagers viking warlock warrior
    warriors
    """.split()
)
"""Nouns of people that do not say whether they are men or women."""

CREATURES = frozenset(
    """
    alien aliens android android ape apes badger bat bats bear bears beast beasts boar boars bull
    bulls cat cats centipede cow cows crab creature creatures crocodile crow deer demon demons
    dinosaur dog dogs dragon dragons drone drones eagle elephant elk fox foxes frog gargoyle ghost
    ghosts ghoul ghouls giant giants goat goats goblin goblins golem gorilla gryphon hare hen horse
    horses hound hounds hydra imp imps insect jackal kraken leopard lion lions lizard lynx mammoth
    minotaur monkey monkeys monster monsters mule mummy octopus ogre ogres orc orcs ox panther pig
    pigs rabbit ram rat rats robot robots scorpion serpent shark sheep skeleton skeletons slug
    snake snakes spider spiders squid stag tiger toad troll trolls vampire vampires vulture wasp
    werewolf werewolves wolf wolves worm wraith wyvern zombie zombies
    """.split()
)
"""Animals and monsters: `it` means them as well as `he` or `she`."""

MONSTERS = frozenset(
    """
    alien android demon dragon gargoyle ghost ghoul giant goblin golem imp minotaur monster mummy
    ogre orc skeleton troll vampire werewolf wraith zombie
    """.split()
)
"""Those of them that are called `he` like a person."""

PEOPLE = MEN | WOMEN | EITHER | CREATURES
"""Nouns of whoever can be taken somewhere, and is not carried."""

_PLURAL_ENDINGS = (
    ("s", ""), ("es", ""), ("ies", "y"), ("ves", "f"), ("ves", "fe"), ("men", "man"), ("ren", ""),
)  # fmt: skip
"""Each with the ending of one: `wolves` and `wolf`, `children` and `child`."""


def is_plural(noun: str) -> bool:
    """Return whether a noun is about several of these: `witches`, `policemen`."""
    return any(
        noun.endswith(several) and noun.removesuffix(several) + one in PEOPLE
        for several, one in _PLURAL_ENDINGS
    )
