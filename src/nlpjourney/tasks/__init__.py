"""Classical tasks of language processing: `search` finds the documents that answer a query."""
