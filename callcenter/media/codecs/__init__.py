"""The audio encodings carried."""
