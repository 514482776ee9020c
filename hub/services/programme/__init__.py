"""A programme as a document: its assets and rules are read, checked, tried, published and kept in versions."""
