"""Attention for long texts: tiles instead of a whole matrix, and caches that share, shrink and count their bytes."""
