"""word2vec against Gensim: the same settings on over five million English words, equal agreement with people's judgements."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gensim.models import Word2Vec as GensimWord2Vec

from nlpjourney.assets import corpora
from nlpjourney.study.bench import Comparison
from nlpjourney.text.embeddings import Corpus, Word2Vec, WordVectors, score_pairs, wordsim353

N_WORDS, N_EPOCHS = 5_300_000, 2  # of which 5.2 million stay when rare ones are dropped


def comparisons() -> Iterator[Comparison]:
    text = re.sub(r"[^a-z\n]+", " ", corpora.english_text(45_000_000).lower())
    sentences, n_words = [], 0
    # The end of the collection is news and discussion, its beginning technical.
    for line in reversed(text.split("\n")):
        words = line.split()
        if words and n_words < N_WORDS:
            sentences.append(words)
            n_words += len(words)
    # Without rare words both cut the text into the same jobs: on one thread both learn the same vectors.
    in_vocabulary = Corpus.from_sentences(sentences, min_count=5).sentences()
    corpus = Corpus.from_sentences(in_vocabulary)
    n_words = len(corpus.tokens)
    for name, options in (("Skip-gram", {"sg": True}), ("CBOW", {"sg": False})):
        for workers, threads in ((1, "1 thread"), (2, "2 threads")):
            yield Comparison(
                work=f"{name}, 5 noise words, {n_words / 1e6:.1f} million words, {threads}",
                peer="Gensim",
                topic="1.6",
                ours=_ours(corpus, options, workers),
                theirs=_theirs(options, workers),
                agree=_same_quality,
                goal=1.2,
                amount=n_words * N_EPOCHS / 1e6,
                unit="million words",
                packages=("gensim",),
                repeat=2,
                prepare=_gensim_with_vocabulary(in_vocabulary, corpus, options, workers),
                remark="agreement: Spearman's correlation with WordSim-353 within 0.02; the time is that of training alone",
            )


def _ours(corpus: Corpus, options: dict[str, bool], workers: int) -> Callable[..., WordVectors]:
    return lambda _: Word2Vec(**options, epochs=N_EPOCHS, workers=workers).fit(corpus).vectors


def _gensim_with_vocabulary(sentences, corpus, options, workers):  # type: ignore[no-untyped-def]
    """Gensim counts words and makes its tables before the clock starts; ours makes its tables while it runs."""

    def prepare():  # type: ignore[no-untyped-def]
        model = GensimWord2Vec(
            vector_size=100, min_count=5, sg=int(options["sg"]), workers=workers, seed=1, sorted_vocab=0
        )
        model.build_vocab_from_freq(dict(zip(corpus.words, corpus.counts.tolist())), corpus_count=len(sentences))
        return model, sentences

    return prepare


def _theirs(options: dict[str, bool], workers: int) -> Callable[..., WordVectors]:
    def train(prepared):  # type: ignore[no-untyped-def]
        model, sentences = prepared
        model.train(sentences, total_examples=len(sentences), epochs=N_EPOCHS)
        return WordVectors(model.wv.index_to_key, model.wv.vectors)

    return train


def _same_quality(ours: WordVectors, theirs: WordVectors) -> bool:
    pairs = wordsim353()
    return abs(score_pairs(ours, pairs).spearman - score_pairs(theirs, pairs).spearman) <= 0.02
