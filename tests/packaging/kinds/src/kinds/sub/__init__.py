"""A package whose extension is made of two sources."""
