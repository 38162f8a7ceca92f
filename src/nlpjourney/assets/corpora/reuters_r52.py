"""Reuters-21578, the 52 topics of the split R52."""

from __future__ import annotations

from nlpjourney.assets.corpora.orange_table import Document, Subset, labelled_texts


def reuters(subset: Subset = "all") -> list[Document]:
    """Reuters news of 1987 with one of 52 topics each. Lower-cased and without punctuation."""
    return labelled_texts("reuters", "reuters-r52", subset)
