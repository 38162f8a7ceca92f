"""A local compatible server: the search engines of this package behind the protocols that well-known products speak.

It lets the real clients of Elasticsearch, Solr and Pinecone run without those products: the small part of each protocol that a
learner meets first (adding, searching, filtering, highlighting, counting, deleting), answered by our inverted index on disk
and our HNSW graph. Scores are ours. Each protocol's module says which part of it is served; a request with anything else in it,
a parameter of the URL, a key of the body, an operator of a query, is answered with 400 in the protocol's own form and the name
of what is not served. It is a teaching aid on 127.0.0.1, with no access control; the products themselves do far more, and are
not involved.
"""

from nlpjourney.tasks.search.server.app import SearchServer

__all__ = ["SearchServer"]
