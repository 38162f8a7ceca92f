"""A small WordNet written for this project: some thirty words with several senses, and what they are kinds of.

It has WordNet's form, not WordNet's text; distances in it are those of a small graph.
"""

from __future__ import annotations

from functools import cache

from nlpjourney.text.semantics.graph import WordNet

_NOUNS = """
entity.n.01: entity | whatever exists or can be thought of
object.n.01: object, thing < entity.n.01 | something that can be seen and touched
abstraction.n.01: abstraction < entity.n.01 | something that exists in thought only
living_thing.n.01: living thing < object.n.01 | something that grows and dies
animal.n.01: animal, beast < living_thing.n.01 | a living thing that moves by itself and eats others
plant.n.01: plant < living_thing.n.01 | a living thing that grows in soil and lives on light; "the plant needs water"
person.n.01: person, human < living_thing.n.01 | a human being
mammal.n.01: mammal < animal.n.01 | an animal that feeds its young with milk
bird.n.01: bird < animal.n.01 | an animal with feathers that lays eggs; "the bird sang in the tree"
fish.n.01: fish < animal.n.01 | an animal that lives in water and breathes with gills
pet.n.01: pet < animal.n.01 | an animal that is kept for company
dog.n.01: dog < mammal.n.01, pet.n.01 | a mammal that barks and guards the house; "the dog ran after the cat"
cat.n.01: cat < mammal.n.01, pet.n.01 | a small mammal that hunts mice
bat.n.01: bat < mammal.n.01 | a mammal that flies at night and hunts by sound; "a bat flew out of the cave"
bass.n.01: bass < fish.n.01 | a fish of rivers and seas that people like to eat; "he caught a bass in the river"
crane.n.01: crane < bird.n.01 | a tall bird with long legs that wades in shallow water
musician.n.01: musician, player < person.n.01 | a person who plays an instrument
baker.n.01: baker < person.n.01 | a person who bakes bread
artifact.n.01: artifact < object.n.01 | something made by people
instrument.n.01: instrument, musical instrument < artifact.n.01 | something made to play music on
guitar.n.01: guitar < instrument.n.01 | an instrument with six strings
violin.n.01: violin < instrument.n.01 | a small instrument with four strings that is played with a bow
bass.n.02: bass, bass guitar < guitar.n.01 | an instrument for the low notes; "she plays bass in a band"
tool.n.01: tool < artifact.n.01 | something made to work with
bat.n.02: bat, club < tool.n.01 | a stick to hit a ball with in a game; "he swung the bat"
crane.n.02: crane < machine.n.01 | a tall machine that lifts heavy loads; "the crane lifted a beam"
machine.n.01: machine < tool.n.01 | a tool with moving parts that does work with power
building.n.01: building < artifact.n.01 | something with walls and a roof where people live or work
plant.n.02: plant, factory, works < building.n.01 | a building where goods are made; "workers lost their jobs at the plant"
bank.n.03: bank < building.n.01 | the building where the business of a bank is done; "the bank stands on the corner"
organization.n.01: organization < abstraction.n.01 | people who work together for a purpose
company.n.01: company, firm < organization.n.01 | an organization that sells goods or services
bank.n.01: bank < company.n.01 | a company that keeps money and lends it; "she took a loan from the bank"
slope.n.01: slope, side < land.n.01 | land that is higher at one end
land.n.01: land, ground < object.n.01 | the part of the earth that is not water
bank.n.02: bank, riverbank < slope.n.01 | sloping land along a river or lake; "they sat on the bank and watched the water"
"""
_VERBS = """
move.v.01: move, go | change place
run.v.01: run < move.v.01 | move fast on foot
fly.v.01: fly < move.v.01 | move through the air
operate.v.01: operate | make a machine do its work
run.v.02: run, manage < operate.v.01 | be in charge of a company or a machine; "she runs a bakery"
"""


@cache
def little_wordnet() -> WordNet:
    """The graph."""
    found = WordNet.from_text(_NOUNS + _VERBS)
    # The senses of a word in the order of their numbers, those of other words behind them.
    senses = {
        word: [s.name for s in sorted(found.senses(word), key=lambda s: (not s.name.startswith(f"{word}."), s.name))]
        for word in found.words()
    }
    return WordNet(found.synsets.values(), senses)
