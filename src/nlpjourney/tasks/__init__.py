"""Classical tasks of language processing: `search` finds the documents that answer a query, `language_models` says how probable
a text is."""
