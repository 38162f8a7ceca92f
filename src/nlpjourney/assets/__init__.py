"""Data sets and models: what exists, where it comes from, its licence, its hash. Below every other package."""

from nlpjourney.assets.derived import derived
from nlpjourney.assets.entries import Asset, AssetError, catalog
from nlpjourney.assets.store import cache_folder, drop_archives, find, is_cached, path

__all__ = ["Asset", "AssetError", "cache_folder", "catalog", "derived", "drop_archives", "find", "is_cached", "path"]
