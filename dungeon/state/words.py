"""Word lists of the rules. Data only."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NOT_CARRIED = _words(
    """
    ability absence ache action address advance advantage advice affair age agreement aid aim air
    alarm amusement anger ankle ankles answer anxiety apology appearance appetite applause
    appointment approach argument arm arms army arrival aspect attack attempt attention attitude
    audience authority bait balance banister bars bath beard bearings beat beating bed beginning
    behaviour belief bench bend benefit bicycle bike bill bite blame blessing blow blows boat body
    bottom bounty boy brakes break breath breaths bridge brunt burden bus business cab call calm
    canoe captain car care carriage cart cause ceiling chair challenge chance chances change
    charge chase chatter cheek child children chimney chin choice circle claim clap class clue
    clues coast cold collar comfort command comment commotion complaint composure concern
    conclusion confidence consequences contact contents control conversation corner corners
    corridor couch count counter courage course cover credit crowd cue cuff cupboard curtain
    customs cut damage danger dare dark darkness date day daylight days deal death debt decision
    degree delight demand departure depth detour difference difficulty direction disguise dislike
    distance distraction dive doctor door dose doubt drag dream drink driver duty ear ears echo
    edge effect effort elbow elevator emotion employment encouragement end energy engine enjoyment
    entrance escalator event evidence exam exception excitement excuse exercise exit experience
    expression eye face fact faith fall fancy fate fault favour fear feeling feet ferry fight
    figure finger fingers fire fireplace first flight floor flow focus fog foot fork form
    fragrance freedom fright front fun game gap gate gaze girl glance glimpse glory gossip grasp
    grief grin grip ground guard guards guess guilt gulp gulps habit hair half hand handle handles
    hands haul head heart heat helm help hem hike hill hint hip history hit hold holiday honour
    hope horizon hostage hour hours hug hum humour hurry hush idea impression inch influence
    information initiative inside insult intention interest interval job journey joy judgment jump
    kick kind kindness king kiss knee knees knob knock knowledge ladder land landscape lapel latch
    law lead leap leash leave lecture ledge left leg legs lesson level lever levers liberty
    licence life lift light liking limp line look loss love luck lull man mantle market mast
    matter matters meal meaning measure measurements meeting memory men mercy message method
    middle mind minute minutes mission mistake moment momentum month mood moonlight morning motion
    motorbike mouthful move movement murmur music name nap neck need news night nod noise nose
    notice nudge number oar oath object objection offensive offer once one ones opinion
    opportunity opposite option order orders other others outcome outside pace pain pains
    part passage pat path pause peace peek penalty permission phone piece pieces pinch pity place
    plan plane plea pleasure plunge point poke position possession post power practice precaution
    precautions presence pressure pretence pride priest prince princess prisoner prize problem
    profit progress proof protection puff puffs pulse punch punishment purpose pursuit push
    quarrel queen question race raft rage rail railing rails rain range rate reading reason refuge
    reins relief remark reply request rescue resolve respect responsibility rest return reward
    rhythm ride right rise risk risks road role room round route rule rumble rumor rumour run rush
    safety scale scene scenery scent scruff seat second seconds secret sensation sense sentence
    service shade shape share shelter shift shine ship shock shot shots shoulder shoulders shove
    shower shudder side sides sigh sight sign signal silence sill sip sips situation skill slack
    sleep sleeve sleeves slope smell smile smoke snapshot sofa soldier soldiers song soul sound
    spark speech speed spell split spot spotlight sprint stage stair staircase stairs stake stance
    stand start state steam step steps stink stock stop storm story strain street strength stress
    stride strides stroke strokes stroll struggle stuff subject success suggestion sum sunlight
    surprise suspicion swallow swallows swig swim swing swings switch table tail tale talk taste
    taxi temper temperature tempo temptation tension test theme theory thing things thought
    thoughts threat thrill throat throne thumb thunder tide tiller time title toast toll tone top
    topic touch tour track tracks trade trail train tram trap treatment trick trip triumph trouble
    truce truck trust truth try tune tunnel turn turning turns twist underground vacation van
    vantage vengeance victory view virtue visit voice vote vow wagon waist wait wake walk wall
    wardrobe warmth warning wave way weather week weeks weight welcome wheel whiff whisper whole
    wind windowsill wink winner wish wits woman women wonder word words work world worry wound
    wounds wrath wrist wrists yawn year yoke
    """
)
"""Nouns that `you take the …` does not put into anybody's pocket."""

NOT_ALIVE = _words(
    """
    air applause arm arms batteries battery beacon beam bell breeze bulb cable candle candles
    case cheer cheers circuit city clock coal coals computer console conversation current cutter
    day deal deck drive echo echoes ember embers end engine engines feet finger fingers fire
    fires first flame flames flower flowers foot furnace fuse garden generator glow grass half
    hand hands heating hope hum joke lamp lamps land language lantern last laughter leg legs
    level light lights line love machine match matches moon most motor murmur music name nerve
    nerves night noise one ones other others panel past phone plan plant plants power pump
    question radio rain reactor rest ringing road screen sea season sector ship shout shouts
    signal silence smile smoke snow song sound sounds spark sparks star stars storm stove street
    sun talk telegraph telephone television terminal thing torch torches town tree trees voice
    voices watch water weather weight whisper wind wire wires wood word words world
    """
)
"""Nouns that die or are dead without being killed."""

PLACES = _words(
    """
    abbey airlock alley alleyway archive archives arena armoury attic avenue bakery balcony bank
    bar barn barracks basement bath bathhouse bathroom battlements bay bazaar beach bedroom
    belfry bell-tower boathouse bog boiler-room brewery bridge bunker cabin cafe camp canteen
    canyon castle catacombs cathedral cave cavern cell cellar cells cemetery chamber chapel
    church churchyard city clearing cliff clinic cloister cockpit conservatory corridor cottage
    council court courthouse courtyard cove crypt customs-house deck den depot desert diner dock
    docks dome dormitory dungeon embassy engine-room factory farm farmhouse farmyard ferry field
    fields forest forge fort fortress foyer gallery garage garden gardens garret gatehouse gorge
    graveyard greenhouse grotto grove gulch hall hallway hamlet hangar harbor harbour hayloft
    headquarters heath hideout hill hillside hold hospital hotel house hut infirmary inn island
    jail jungle keep kiln kitchen kitchens laboratory lane laundry library lighthouse lobby
    lodge loft lounge manor mansion market marketplace marsh maze meadow mess mill mine
    monastery moor morgue mosque museum nursery oasis observatory office orchard outpost palace
    pantry park parlour passage passageway pavilion pharmacy pier pigsty plain plateau platform
    plaza port prison pub pyramid quarry quay ravine refectory restaurant road ruin ruins
    sacristy saloon sanctuary school schoolroom scullery sewer sewers shack shed ship shop shore
    shrine smithy square stable stables station store storeroom street study swamp tavern temple
    tent theatre throne-room tomb tower town trench tunnel tunnels undercroft valley vault
    vestry villa village vineyard ward warehouse washhouse waterfront well wharf windmill wood
    woods workshop yard
    """
)
"""Nouns of places where somebody can be."""

ROOMS = _words(
    """
    attic basement bathroom bedroom cabin cave cavern cell cellar chamber corridor crypt dormitory
    dungeon forest foyer gallery garden grove hall hallway kitchen laboratory library lobby lounge
    maze office pantry parlour passage sacristy scullery storeroom study swamp tomb tunnel vault
    wood woods workshop
    """
)
"""Places in which somebody is who has come to them, while they are at the others."""

MATERIALS = _words(
    """
    ale ammunition armour beer bread butter cash chalk cheese clothing coal coffee copper flour
    food fruit fuel gold grain hay honey ink jewellery juice leather luggage meat medicine milk
    money oil paper powder rice salt silver soap soup string sugar tea timber tobacco treasure
    twine water wax wine wire wool
    """
)
"""Nouns without `a`."""

BODY = _words(
    """
    ankle arm arms back belly calf cheek chest chin ear elbow eye eyes face feet finger fingers
    foot forearm forehead hand hands head heel hip knee knees leg legs lip mouth neck nose palm
    ribs scalp shin shoulder side skull stomach thigh throat thumb toe toes wrist
    """
)
"""Parts of a body."""

NOT_PROMISED = _words(
    """
    answer be behave come continue forget go hear it keep leave let listen look obey remember
    rest say sit sleep speak stand stay stop talk that think this try wait
    """
)
"""First words of a promise that is kept or broken at once, or that says nothing by itself."""
