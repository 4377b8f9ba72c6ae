"""Layers and study packs: data."""
