"""Text into units and back: the first floor of the library.

`tokenize` turns strings into the ids a model reads; `sentences`, `normalize` and `stop_words` tidy up; `stem` and `lemma`
give the forms of a word one name; `vectorize` counts, `embeddings` makes vectors; `syntax`, `semantics`, `pragmatics` and
`discourse` are the four levels of language.
"""
