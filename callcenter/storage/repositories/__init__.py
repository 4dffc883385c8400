"""One repository per kind of thing kept."""
