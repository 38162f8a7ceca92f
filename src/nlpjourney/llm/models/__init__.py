"""The published architectures, each a short file over the shared blocks."""
