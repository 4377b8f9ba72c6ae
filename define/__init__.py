"""Define-XML from the model and the written files."""
