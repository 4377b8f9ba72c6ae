"""A run: plan, read, collect, cut, derive, check, write, remember."""
