"""Word lists of the rules. Data only."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NOT_CARRIED = _words(
    """
    advantage advice aim air ankle ankles answer arm arms banister bars bath bearings beating
    bed bench bite blame blow blows boat bow boy break breath breaths bridge bus cab call
    captain care carriage chair chance chances charge child children choice collar corner
    corners corridor count courage course cover day days deal dislike dive doctor door drink
    driver ear ears edge elbow elevator end exam fall fancy feeling feet ferry finger fingers
    floor foot fright gate girl glance grin ground guard guards gulp hair half hand handle
    handles hands head heart helm hint hit hold hostage hour hours hug idea impression interest
    job jump king kiss ladder lead ledge left leg legs lift liking look man mast measure
    measurements men message minute minutes moment momentum month mouthful nap neck night nod
    nose note notice oar oath offer one ones option order orders other others part passage path
    photograph picture place pleasure point post pride priest prince princess prisoner pulse
    punch queen rail railing rails reins reply rest right risk risks road run seat second
    seconds sense ship shock shot shots shoulder shoulders shower side sides sight silence sill
    sip sleep sleeve sleeves smile soldier soldiers speed stair stairs stand start step steps
    street strength swallow swim table tail taxi temperature test thing things throat thumb
    tiller time train tram trouble tunnel turn turning turns view vow waist walk wall way week
    weeks weight wheel wink woman women word words wrist wrists year
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
