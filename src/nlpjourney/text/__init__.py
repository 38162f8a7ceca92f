"""Text into units and back: from words and sentences to vectors and meaning.

`tokenize` turns strings into the ids a model reads; `sentences`, `normalize` and `stop_words` tidy up; `stem` and `lemma`
give the forms of a word one name; `vectorize` counts, `embeddings` makes vectors; `syntax`, `semantics`, `pragmatics` and
`discourse` are the four levels of language.
"""


def warmup() -> None:
    """Compile the kernels of `vocabulary`, which stands above the packages, by running them on a few words."""
    from nlpjourney.text.vocabulary import Vocabulary

    words = Vocabulary()
    words.add_words([f"word{i}" for i in range(2000)])  # so many that the table grows
    words.add_texts(["to be or not to be"])
