"""The verbs: small, typed, vectorised functions over columns, each registered under its name."""
