"""Which verbs are risky, and what decides them. Data only.

A line is a verb; `+words` are words of which one must stand behind it, `-words` are words that must
not. A verb may have several lines with words that it needs; the first that fits counts. What is
done without a risk (take, open, look, walk, wait, ask) is in none of the lists.
"""

STRENGTH = """
attack
assault
batter
bash
beat -drum -drums -eggs -rhythm -time -carpet -rug -whisk
behead
bend +bars +bar +iron +lock
bite -lip -lips -tongue -nails -apple -bread -into
breach
break -bread -camp -silence -fast -news -habit -promise -wind -even -rules -law -seal
butt
charge -phone -battery -money
choke
chop +at
chop +head +heads +neck +arm +arms +hand +hands -cabbage -lettuce -garlic -rope -ropes
chop +leg +legs +tail +finger +fingers -lamb -chicken -fish -rope -ropes
clobber
club
clout
cut +throat +free +loose
cut +head +heads +neck -hair -beard -cabbage -lettuce -garlic -string
cut +hand +hands +finger +fingers -hair -sleeve -bandage -string -stick -bread -rope -ropes -cord
cut +arm +arms +leg +legs -hair -sleeve -bandage -string -stick -bread -rope -ropes -cord
cut +tail +claw +tentacle -hair -sleeve -bandage -string -stick -bread
crush -herbs -garlic -grapes -leaves -berries
decapitate
defend
drown
fight
force -smile
grapple
headbutt
hit -button -switch -lights -key -bell -gong -drum
impale
jab
kick -off -shoes -boots -ball
kidnap
kill
knife
knock +out +down +over +unconscious
lift +boulder +boulders +gate +portcullis +slab +beam +anvil +log +tree +rock +rocks +rubble
maul
murder
overpower
pound +on +against +him +her +it +them
prise +open +loose +off +up
prize +open +loose +off
pry +open +loose +off +up +at
pummel
punch -button -ticket -code -keys
push -button -buttons -lever -switch -pedal -bell -cart -chair -swing -pram -curtain
ram
resist
shatter
shove
slam +into +against +him +her +them
slap
slash
slay
smash
smite
stab
strangle
strike -match -matches -bell -pose -deal -bargain -gong -light -conversation -up
subdue
swim
swing +at -across -over -onto -from -on -back
tackle
throttle
thrust
trample
whip -out -cream -up
wrench
wrestle
"""

DEXTERITY = """
abseil
ambush
balance -books
bolt +away +for +from +past +out
burgle
cartwheel
catch +arrow +arrows +blade +sword +ball +rope +him +her +it +them
chase -dream -dreams
clamber -bed -bunk -carriage -cart -wagon -car -seat -saddle
climb -stairs -stair -staircase -steps -bed -bunk -cart -wagon -car -seat -saddle -chair -stool
crawl +under +through +past +between +along +behind +away
creep
dart +past +across +through +between +away +behind +under
dash +past +across +through +between +away +for +from
deflect
disarm
dive -book -books -bed
dodge
duck
escape
evade
filch
fire -up -clay -pot -pots -kiln -stove
flee
fling +at
flip +over +off +onto +backwards
hide -key -letter -ring -note -face -smile -tears -feelings
hop +over +across +onto +from +off
hurl +at +over +across +through
juggle
jump -joy -conclusion -conclusions -bed
lasso
leap -joy -bed
lunge
nick
outrun
parachute
parry
pick +lock +locks +padlock +padlocks +pocket +pockets
pickpocket
pilfer
pounce
ride +down +past +through +off +away
rob
roll +aside +away +under +out +over +past
run +away +past +from +off +through +across +for +between
scale -map -fish -fishes
scramble +up +over +down +onto +across +out +away +through -eggs
shimmy
shoot -glance -look -glare
sidestep
skulk
slide +down +under +past +between +through
slink
slip +past +by +away +through +out +behind +between +under +off -note -coin -letter
smuggle
snatch
sneak -look -peek -glance
somersault
spear
sprint +past +across +through +away +for +from
squeeze +past +through +between +under +into +out
stalk
steal -glance -look -peek -kiss -breath
swing +across +over +onto +from +on
swipe -at -card -screen
throw +at +over +across +through +into +onto -away -out -party -glance -look
tiptoe
toss +at +over +across
trip -over -on
vault
weave +through +between +past
wriggle +free +out +through +under +past +loose
"""

WITS = """
cast +spell +spells +curse +charm +magic +hex
cheat
con
crack +safe +code +cipher +lock +vault +password
decipher
decode
decrypt
defuse
fool -around -about
forge -sword -blade -horseshoe -iron -on -ahead
gamble
guess +password +code +riddle +answer +name +number
hack
hoodwink
hotwire
hypnotise
hypnotize
outsmart
outwit
rewire
sabotage
solve
swindle
track
trick
"""

CHARM = """
bargain
beg
befriend
beguile
blackmail
bluff
bribe
cajole
calm
charm
coax
convince
deceive
distract
flatter
flirt
haggle
impersonate
impress
incite
intimidate
lie +to +about +that -down -still -low -back -flat -beside -in -under -on
mislead
negotiate
pacify
persuade
placate
plead
pose +as
pretend
provoke
seduce
soothe
talk +into +out -window
tame
tempt
threaten
"""

ROLES = {"strength": STRENGTH, "dexterity": DEXTERITY, "wits": WITS, "charm": CHARM}
"""The verbs by what decides them."""

SYNONYMS = {
    "strength": "might power brawn body muscle str",
    "dexterity": "agility nimbleness reflexes speed stealth dex agi",
    "wits": "intelligence mind wit cunning wisdom brains int wis",
    "charm": "charisma presence persuasion personality cha",
}
"""Other names of an attribute that decides the same."""
