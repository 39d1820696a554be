"""Nouns of things that somebody can carry. Data only."""

PORTABLE = frozenset(
    """
    abacus acorn acorns album amulet anklet antidote apple apples apron armband arrow arrowhead
    arrows artichoke ashtray atlas awl axe axes badge badges bag bagpipes bags bait ball balls
    banana bananas bandage bandages bangle banjo basin basket baskets baton batteries battery
    bayonet bead beads beaker bean beans bell bells belt belts berries berry bill binoculars
    biscuit biscuits blade blanket blankets blowpipe board bolt bolts bone bones bonnet book
    booklet books boot boots bottle bottles bouquet bow bowl bowls box boxes bracelet bracelets
    branch brick bricks bridle briefcase brooch broom broth brush brushes bucket buckets bugle
    bullet bullets bun bundle bundles buns button buttons cabbage cabbages cable cage cake cakes
    camera can candle candles candlestick cane canister cans canteen cap cape card cards carrot
    carrots cartridge cartridges case cases cask casket cauldron chain chains chalice charm charms
    chart charts cheese cheeses chisel chocolate cigar cigarette cigarettes cleaver cloak clock
    clogs cloth clothes clothespin club coat coats coconut coconuts codex coil coin coins collar
    comb compass cone cookie cookies cord cork costume crate credits crossbow crowbar crown
    crucible crumb crumbs crutch crystal crystals cube cup cups cutlass cutters dagger daggers
    dart darts deed device diamond diamonds diary dice die dish doll dossier dress drill drum
    duster dynamite earring earrings egg eggs elixir emerald envelope envelopes eraser fan feather
    feathers fiddle figurine file files fish fishhook flag flags flare flashlight flask flasks
    flint flower flowers flute foil folder fork forks fossil fruit fruits funnel fuse fuses
    garland garlic garment gem gems glass glasses glove gloves glue goblet goggles grapes grenade
    grenades guitar gun guns hairpin halberd ham hammer handbag handcuffs handkerchief harmonica
    harness harp harpoon hat hatchet hats helm helmet herb herbs herring honeycomb hook hooks horn
    horseshoe hose hourglass icon idol ingot ingots injector instrument invitation jacket jar jars
    jawbone jerkin jewel jewels journal jug kettle key keys kit kite knapsack knife knitting
    knives knob ladle lamp lamps lance lantern lanterns laptop lasso leaf leaflet leash ledger
    lemon lemons lens letter letters lighter line loaf loaves lock lockbox locket lockpick
    lockpicks log lump lunch lute lyre mace machete magazine magnet mail mallet manual manuscript
    map maps marble marbles mask masks mat match matches medal medallion medals melon menu mirror
    mitten mittens money mousetrap mug mugs mushroom mushrooms musket nail nails napkin necklace
    needle needles nest net nets newspaper note notebook notes nut nuts oar oars oil ointment
    olive olives onion onions opal orange oranges orb ore overcoat oyster oysters package packet
    packets padlock page pages pail paintbrush pan pans papers parasol parcel parcels parchment
    parrot passport paste pear pearl pearls pebble pebbles peel peg pegs pen pencil pencils
    pendant penknife pennies penny peppers phial photo photograph photographs photos pick pickaxe
    picture pie pies pill pillow pills pin pine pins pipe pipes pistol pistols pitcher pitchfork
    plank plans plaster plate plates pliers pocketknife poison poker pole popcorn portrait
    postcard pot potato potatoes potion potions pots pouch pouches powder prism prybar pumpkin
    purse purses pyjamas quill rag rags raincoat rake rapier rations rattle razor receipt record
    relic remote revolver ribbon ribbons rifle rifles ring rings robe rocks rod roll rolls rope
    ropes rosary rose roses ruby rucksack rug ruler sabre sack sacks saddle salmon salve sandal
    sandals sandwich sandwiches sapphire satchel saucepan sausage sausages saw scalpel scarf
    scepter sceptre scissors scrap scraper screw screwdriver screws scroll scrolls scythe seal
    seashell seed seeds sextant shaker shard shards shawl shears sheet sheets shell shells shield
    shilling shillings shirt shoe shoes shotgun shovel sickle sieve skewer skirt skull slate
    sledgehammer sling slipper slippers snack sock socks spade spanner spatula spear spears
    spectacles spice spices spoon spoons staff stake stakes stamp stamps statue statuette stick
    sticks stone stones stool strap straps suitcase sweater sword swords syringe tablet talisman
    tambourine tankard tape tea teapot telephone telescope thermos thimble thread ticket tickets
    tin tinderbox tins token tome tongs tool toolbox tools tooth toothbrush torch torches towel
    toy toys tray trident trinket trousers trowel trumpet trunk tube tweezers twig umbrella
    umbrellas urn vase veil vest vial vials vine violin waistcoat wallet walnut walnuts wand watch
    weapon weapons whip whistle wig wineskin wrench yarn
    """.split()
)
"""What the player carries after `You take the …`; another noun needs better evidence."""
