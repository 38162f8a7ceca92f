"""Drawings in one style, for pages, notebooks and the app."""

from nlpjourney.drawing.labels import Label, place_labels

__all__ = ["Label", "place_labels"]
