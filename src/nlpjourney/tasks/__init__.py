"""Classical tasks of language processing, the second floor of the library: `search` finds the documents that answer a query."""


def warmup() -> None:
    """Compile every kernel of this package by running it on a few words and vectors."""
    import tempfile

    from nlpjourney.tasks.search import BM25FIndex, BM25Index, TfidfIndex, hnsw, ivf, pq, vectors
    from nlpjourney.tasks.search.disk import IndexWriter
    from nlpjourney.tasks.search.disk_search import IndexReader
    from nlpjourney.tasks.search.phrase import PhraseIndex

    texts = ["a cat", "a dog ran", " ".join(f"word{i}" for i in range(600))]  # enough words that the table grows
    for index in (BM25Index(), TfidfIndex(), PhraseIndex()):
        index.fit(texts).search("cat dog")
    PhraseIndex().fit(texts).phrase("a dog")
    BM25FIndex({"body": 1.0}).fit([{"body": "a cat"}]).search("cat")
    for module in (vectors, ivf, pq, hnsw):
        module.warmup()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        with IndexWriter(folder) as writer:
            for i, text in enumerate(texts):
                writer.add(str(i), text)
                writer.commit()
            writer.delete("0")
            writer.merge()
        IndexReader(folder).search_phrases('ran "a dog"')
