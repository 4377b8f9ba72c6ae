"""The spec language: reads mappings, resolves layers, checks them, and holds the typed model of a study."""
