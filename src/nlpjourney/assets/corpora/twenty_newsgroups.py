"""20 Newsgroups (Lang, 1995)."""

from __future__ import annotations

from nlpjourney.assets.corpora.orange_table import Document, Subset, labelled_texts


def newsgroups(subset: Subset = "all") -> list[Document]:
    """20 Newsgroups: posts labelled by group. Lower-cased and without punctuation, as the package ships them."""
    return labelled_texts("newsgroups", "20newsgroups", subset)
