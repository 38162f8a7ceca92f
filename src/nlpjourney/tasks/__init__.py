"""Classical tasks of language processing: `classification` says which kind a text is of, `search` finds the documents that answer
a query, `language_models` says how probable a text is."""
