"""NLTK at three levels: best trees of Tinytown's sentences, WordNet's senses, segments of news; the same as ours."""

import json
import math
import random
import re
import tempfile
import warnings
from pathlib import Path

import nltk
import numpy as np
from nltk.corpus.reader.wordnet import WordNetCorpusReader
from nltk.tokenize.texttiling import TextTilingTokenizer

from nlpjourney import assets
from nlpjourney.assets import corpora
from nlpjourney.text.discourse import TextTiler
from nlpjourney.text.semantics import little_wordnet, path_similarity, wordnet, write_wordnet, wup_similarity
from nlpjourney.text.syntax import PCFG, Tree, ViterbiParser, treebank
from nlpjourney.town import Town

# Syntax: a grammar induced from the same trees, the best tree of every short sentence.
town = Town(seed=1)
sentences = [s for i in range(15) for s in treebank.sentences(town.story(i))]
grammar = PCFG.from_trees(s.tree for s in sentences)
ours = ViterbiParser(grammar)
productions = [p for s in sentences for p in nltk.Tree.fromstring(str(s.tree)).productions()]
theirs = nltk.ViterbiParser(nltk.induce_pcfg(nltk.Nonterminal("S"), productions))
parsed = [s.words for s in sentences if len(s.words) <= 12]
n_tied = 0
for words in parsed:
    one, other = ours.parse(words), next(theirs.parse(words))
    assert math.isclose(one.log_probability, math.log(other.prob()), rel_tol=1e-9), words
    their_tree = Tree.parse(nltk.Tree.convert(other).pformat(margin=10**6))
    if one.tree != their_tree:  # allowed only where another tree is exactly as probable
        assert math.isclose(grammar.log_probability(their_tree), one.log_probability, rel_tol=1e-12), words
        n_tied += 1
assert n_tied < len(parsed) / 10, n_tied


# Semantics: NLTK's WordNet reader on files that we wrote.
class Reader(WordNetCorpusReader):
    """Without its map to the files of WordNet 3.0, which are not there."""

    def get_version(self) -> str:
        return "3.0"

    def map_wn(self, version: str = "wordnet") -> dict[str, str]:
        return {}


net = little_wordnet()
with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it misses the other languages
    folder = Path(name)
    write_wordnet(net, folder)
    (folder / "lexnames").write_text("".join(f"{i:02d}\tname.{i}\t1\n" for i in range(45)))
    for file in ("cntlist.rev", "index.sense", "adj.exc", "adv.exc", "noun.exc", "verb.exc"):
        (folder / file).write_text("")
    nltk.data.path.append(name)
    reader = Reader(name, None)
    n_pairs = 0
    for a in net.synsets:
        for b in net.synsets:
            one, other = reader.synset(a), reader.synset(b)
            assert path_similarity(net, a, b) == one.path_similarity(other), (a, b)
            assert math.isclose(wup_similarity(net, a, b), one.wup_similarity(other), rel_tol=1e-12), (a, b)
            n_pairs += 1

# And the real WordNet; NLTK counts bytes, so the files need their own line ends.
real, rng = wordnet(), random.Random(0)
n_real = 0
with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for file in assets.path("wordnet").iterdir():
        (Path(name) / file.name).write_bytes(file.read_bytes().replace(b"\r\n", b"\n"))
    nltk.data.path.append(name)
    reader = Reader(name, None)
    by_pos: dict[str, list[str]] = {}
    for synset in real.synsets.values():
        by_pos.setdefault(synset.pos, []).append(synset.name)
    for names in by_pos.values():
        for _ in range(150):
            a, b = rng.choices(names, k=2)
            one, other = reader.synset(a), reader.synset(b)
            assert path_similarity(real, a, b) == one.path_similarity(other), (a, b)
            ours_, theirs_ = wup_similarity(real, a, b), one.wup_similarity(other)
            assert ours_ == theirs_ or (ours_ and theirs_ and math.isclose(ours_, theirs_, rel_tol=1e-12)), (a, b)
            n_real += 1

# Discourse: TextTiling of news.
text = "\n\n".join(corpora.lee_news()[0][:10])
gaps, _, depths, boundaries = TextTilingTokenizer(stopwords=set(), demo_mode=True).tokenize(text)
kept = "".join(re.findall(r"[a-z\-' \n\t]", text.lower()))
tiling = TextTiler().tile(re.findall(r"\w+", kept))
assert np.allclose(tiling.scores, gaps) and np.allclose(tiling.depths, depths)
assert tiling.boundaries == np.flatnonzero(boundaries).tolist()

result = (
    f"{len(parsed)} best trees with their probabilities ({n_tied} differ where two are as probable), "
    f"{n_real:,} pairs of senses of WordNet 3.0 and {n_pairs:,} of a small one by path and Wu-Palmer, "
    f"{len(tiling.boundaries)} TextTiling boundaries: all equal ours"
)
print(json.dumps({"version": nltk.__version__, "result": result}))
