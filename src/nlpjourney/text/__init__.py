"""Text into units and back: the first floor of the library.

`tokenize` turns strings into the ids a model reads; `sentences`, `normalize` and `stop_words` tidy up; `stem` and `lemma`
give the forms of a word one name; `vectorize` counts, `embeddings` makes vectors; `syntax`, `semantics`, `pragmatics` and
`discourse` are the four levels of language.
"""


def warmup() -> None:
    """Compile every kernel of this package by running it on a few words."""
    import base64
    import tempfile
    import warnings
    from pathlib import Path

    import numpy as np

    from nlpjourney.text.embeddings import TSNE, FastText, GloVe, Word2Vec
    from nlpjourney.text.stem import EnglishStemmer, LancasterStemmer, PorterStemmer
    from nlpjourney.text.syntax import PCFG, DependencyParser, ViterbiParser
    from nlpjourney.text.tokenize import BPE, Unigram, WordPiece, splitting
    from nlpjourney.text.vectorize import CountVectorizer, HashingVectorizer

    text = "to be or not to be, that is the question é " * 3
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")  # the text is too short for so many tokens
        splitting.split(text)
        bpe = BPE.train(text, 300)
        bpe.encode_with_offsets(text + "abc" * 30)
        ranks = Path(folder) / "ranks.tiktoken"
        ranks.write_text("".join(f"{base64.b64encode(token).decode()} {id_}\n" for id_, token in bpe.tokens.items()))
        BPE.from_tiktoken(ranks, pattern="cl100k")
    WordPiece.train(text, 60).encode_with_offsets("to bé")
    for unigram in (model := Unigram.train(text, 24)), Unigram(model.model, dtype=np.float64):
        unigram.encode_batch([text])
        unigram.encode_with_offsets(text)
        unigram.sample(text, seed=0)
    for stemmer in (PorterStemmer(), EnglishStemmer(), LancasterStemmer()):
        stemmer.stem("running")
    counts = CountVectorizer(ngram_range=(1, 2))
    counts.fit_transform([text])
    counts.transform([text])
    HashingVectorizer().transform([text])
    for embedding in (Word2Vec(min_count=1), GloVe(min_count=1, epochs=1), FastText(min_count=1, bucket=100)):
        embedding.fit([text.split()])
    TSNE(perplexity=2, n_iter=1).fit_transform(np.eye(4))
    ViterbiParser(PCFG.from_string("S -> S S [0.5] | 'to' [0.5]")).parse(["to", "to"])
    DependencyParser(n_epochs=1).fit([["to", "be"]], [["TO", "VB"]], [[1, -1]]).predict(["to"], ["TO"])
