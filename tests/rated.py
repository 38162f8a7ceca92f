"""The rated sentences of VADER's paper as labelled texts, for tests of classifiers."""

from nlpjourney.assets import corpora
from nlpjourney.assets.corpora import Document


def rated_sentences() -> list[Document]:
    """Each sentence, labelled by the sign of its mean rating; those rated 0 are left out."""
    genres = ("products", "movies", "editorials", "tweets")
    return [Document(s.text, "praise" if s.mean > 0 else "blame") for s in corpora.rated_sentences(genres) if s.mean]
