"""WordNet graphs, their files and similarities: NLTK reads what we write and must measure the same; Lesk against NLTK's."""

import random
import warnings

import nltk
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.corpus.reader.wordnet import WordNetCorpusReader
from nltk.wsd import lesk as nltk_lesk

from nlpjourney import assets
from nlpjourney.text.semantics import (
    Synset,
    WordNet,
    distance,
    lesk,
    little_wordnet,
    overlaps,
    path_similarity,
    read_wordnet,
    wordnet,
    write_wordnet,
    wup_similarity,
)


class NltkReader(WordNetCorpusReader):
    """NLTK's reader without its map to the 3.0 files, which are not there."""

    def get_version(self):
        return "3.0"

    def map_wn(self, version="wordnet"):
        return {}


@pytest.fixture(autouse=True, scope="module")
def nltk_may_read_here(tmp_path_factory):
    """NLTK opens files in the folders of its data path only."""
    folder = str(tmp_path_factory.getbasetemp())
    nltk.data.path.append(folder)
    yield
    nltk.data.path.remove(folder)


def in_nltk(net, folder):
    write_wordnet(net, folder)
    (folder / "lexnames").write_text("".join(f"{i:02d}\tname.{i}\t1\n" for i in range(45)))
    for name in ("cntlist.rev", "index.sense", "adj.exc", "adv.exc", "noun.exc", "verb.exc"):
        (folder / name).write_text("")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it misses the other languages
        return NltkReader(str(folder), None)


def assert_same_measures(net, folder):
    theirs = in_nltk(net, folder)
    names = list(net.synsets)
    for a in names:
        for b in names:
            one, other = theirs.synset(a), theirs.synset(b)
            assert path_similarity(net, a, b) == one.path_similarity(other), (a, b)
            wup = one.wup_similarity(other)
            assert wup_similarity(net, a, b) == (None if wup is None else pytest.approx(wup, rel=1e-12)), (a, b)
        assert net.depth(a) == (theirs.synset(a).min_depth(), theirs.synset(a).max_depth())


def test_nltk_measures_the_same_in_our_graph(tmp_path):
    assert_same_measures(little_wordnet(), tmp_path)


@st.composite
def graphs(draw):
    """Nouns and verbs with one to three hypernyms among those before them, several tops."""
    rng = random.Random(draw(st.integers(0, 10**9)))
    found = []
    for pos in "nv":
        for i in range(rng.randrange(1, 12)):
            above = rng.sample(range(i), min(i, rng.choice([0, 1, 1, 1, 2, 3])))
            found.append(
                Synset(f"{pos}{i}.{pos}.01", (f"{pos}{i}",), tuple(f"{pos}{j}.{pos}.01" for j in above), "what it is")
            )
    return WordNet(found)


@given(net=graphs())
@settings(max_examples=25, deadline=None)
def test_nltk_measures_the_same_in_any_graph(net, tmp_path_factory):
    assert_same_measures(net, tmp_path_factory.mktemp("net"))


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """WordNet 3.0 as we read it, and as NLTK does: it counts bytes, so it needs the files' own line ends back."""
    try:
        net, original = wordnet(), assets.path("wordnet")
    except assets.AssetError as error:
        pytest.skip(str(error))
    folder = tmp_path_factory.mktemp("wordnet")
    for file in original.iterdir():
        (folder / file.name).write_bytes(file.read_bytes().replace(b"\r\n", b"\n"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return net, NltkReader(str(folder), None)


def test_the_real_wordnet_has_nltks_senses(real):
    net, theirs = real
    assert len(net.synsets) == 117_659
    words = [*random.Random(0).sample(net.words(), 2000), "bank", "run", "good", "well", "dog", "hot_dog", "living"]
    for word in words:
        for pos in "nvar":
            found = [s for s in theirs.synsets(word, pos) if word in [n.lower() for n in s.lemma_names()]]
            expected = list(dict.fromkeys(s.name() for s in found))  # it looks for base forms, too
            assert [s.name for s in net.senses(word, pos)] == expected, (word, pos)
    for name in random.Random(1).sample(list(net.synsets), 2000):
        synset, other = net.synsets[name], theirs.synset(name)
        assert list(synset.lemmas) == other.lemma_names()
        assert sorted(synset.hypernyms) == sorted(s.name() for s in other.hypernyms() + other.instance_hypernyms())
        assert net.depth(name) == (other.min_depth(), other.max_depth()), name
        assert synset.definition == other.definition().strip("; "), name


def test_the_real_wordnet_measures_like_nltks(real):
    net, theirs = real
    rng = random.Random(0)
    by_pos = {pos: [name for name in net.synsets if net.synsets[name].pos == pos] for pos in "nvasr"}
    pairs = [rng.sample(by_pos[pos], 2) for pos in "nnnvvasr" for _ in range(60)]
    pairs += [rng.sample(list(net.synsets), 2) for _ in range(60)]
    pairs += [(name, name) for name in ["dog.n.01", "entity.n.01", *rng.sample(list(net.synsets), 60)]]
    pairs += [(a, net.synsets[a].hypernyms[0]) for a in rng.sample(by_pos["n"], 40) if net.synsets[a].hypernyms]
    for a, b in pairs:
        one, other = theirs.synset(a), theirs.synset(b)
        assert path_similarity(net, a, b) == one.path_similarity(other), (a, b)
        expected = one.wup_similarity(other)
        assert wup_similarity(net, a, b) == (None if expected is None else pytest.approx(expected, rel=1e-12)), (a, b)


def test_what_is_written_is_read_back(tmp_path):
    net = little_wordnet()
    write_wordnet(net, tmp_path / "new")
    again = read_wordnet(tmp_path / "new")
    assert again.synsets == net.synsets
    assert {word: [s.name for s in again.senses(word)] for word in again.words()} == {
        word: [s.name for s in net.senses(word)] for word in net.words()
    }


def test_lines_as_wordnet_has_them(tmp_path):
    """Instances, adjectives that hang on others, markers behind words, pointers of other kinds."""
    licence = "  1 A licence text.  \n"
    at = len(licence)
    first = f'{at:08d} 00 a 01 wet 0 002 & {{0}} a 0000 ! {at:08d} a 0101 | full of water; "wet hands"  \n'
    second = "{0} 00 s 02 damp(p) 0 moist 1 001 & " + f"{at:08d} a 0000 | somewhat wet  \n"
    place = f"{at + len(first.format('0' * 8)):08d}"
    (tmp_path / "data.adj").write_text(licence + first.format(place) + second.format(place))
    (tmp_path / "index.adj").write_text(
        licence + f"damp a 1 1 & 1 0 {place}  \nmoist a 1 1 & 1 0 {place}  \nwet a 1 2 & ! 1 1 {at:08d}  \n"
    )
    top = f"{at:08d} 03 n 01 town 0 000 | a place  \n"
    ours = f"{at + len(top):08d} 15 n 01 Tinytown 0 001 @i {at:08d} n 0000 | a small one  \n"
    (tmp_path / "data.noun").write_text(licence + top + ours)
    (tmp_path / "index.noun").write_text(f"tinytown n 1 1 @i 1 0 {at + len(top):08d}  \ntown n 1 0 1 0 {at:08d}  \n")
    net = read_wordnet(tmp_path)
    assert net.synsets["wet.a.01"].examples == ("wet hands",)
    assert net.synsets["damp.s.01"].lemmas == ("damp", "moist")
    assert [s.name for s in net.senses("moist", "a")] == ["damp.s.01"]
    assert net.synsets["tinytown.n.01"].hypernyms == ("town.n.01",)
    assert distance(net, "tinytown.n.01", "wet.a.01") == 3
    with pytest.raises(ValueError, match="neither noun"):
        write_wordnet(net, tmp_path / "other")
    (tmp_path / "data.noun").write_text("no wordnet\n")
    with pytest.raises(ValueError, match=r"data\.noun, line 1"):
        read_wordnet(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"data\.noun"):
        read_wordnet(tmp_path / "nowhere")


def test_close_and_far():
    net = little_wordnet()
    assert path_similarity(net, "dog.n.01", "dog.n.01") == wup_similarity(net, "dog.n.01", "dog.n.01") == 1
    assert wup_similarity(net, "dog.n.01", "cat.n.01") > wup_similarity(net, "dog.n.01", "bass.n.01")
    assert wup_similarity(net, "bass.n.01", "bass.n.02") < wup_similarity(net, "violin.n.01", "bass.n.02")
    with pytest.raises(KeyError):
        path_similarity(net, "dog.n.01", "wolf.n.01")


CASES = [
    ("I went to the bank to take a loan and lend money", "bank", "bank.n.01"),
    ("we sat on the bank of the river near the water", "bank", "bank.n.02"),
    ("he plays the bass in a band with low notes", "bass", "bass.n.02"),
    ("we caught a bass in the sea and rivers", "bass", "bass.n.01"),
    ("a bat flies at night", "bat", "bat.n.01"),
    ("the player hit the ball with a bat", "bat", "bat.n.02"),
    ("the crane lifts heavy loads", "crane", "crane.n.02"),
    ("many workers lost their jobs when the plant closed", "plant", "plant.n.02"),
]


@pytest.mark.parametrize(("text", "word", "sense"), CASES)
def test_the_company_that_a_word_keeps_tells_its_sense(text, word, sense):
    stop_words = {"the", "a", "to", "of", "in", "on", "at", "with", "and", "that", "they", "he", "it", "for"}
    assert lesk(text.split(), little_wordnet().senses(word, "n"), stop_words=stop_words).name == sense


def test_lesk_like_nltks(tmp_path):
    net, rng = little_wordnet(), random.Random(0)
    theirs = in_nltk(net, tmp_path)
    vocabulary = sorted({word for s in net.synsets.values() for word in s.definition.split()})
    for _ in range(300):
        context, word = rng.sample(vocabulary, 8), rng.choice(["bank", "bass", "bat", "crane", "plant", "run"])
        senses = net.senses(word)
        expected = nltk_lesk(context, word, synsets=[theirs.synset(s.name) for s in senses])
        assert lesk(context, senses, examples=False).name == expected.name()


def test_without_evidence_the_first_sense_wins():
    senses = little_wordnet().senses("Bank")
    assert [s.name for s in senses] == ["bank.n.01", "bank.n.02", "bank.n.03"]
    assert lesk(["xyz"], senses) == senses[0]
    assert lesk(["xyz"], []) is None
    assert overlaps(["MONEY", "water"], senses)[0].words == {"money"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("dog.n.01 dog | x", "reads"), ("dog.n.01: dog < cat.n.01 | x", "no such synset"),
        ("a.n.01: a < b.n.01 | x\nb.n.01: b < a.n.01 | y", "circle through a.n.01, b.n.01"),
        ("a.n.01: a | x\na.n.01: a | x", "two synsets"),
    ],
)  # fmt: skip
def test_wrong_graphs_are_explained(text, fault):
    with pytest.raises(ValueError, match=fault):
        WordNet.from_text(text)
