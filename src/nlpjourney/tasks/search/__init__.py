"""Information retrieval."""
