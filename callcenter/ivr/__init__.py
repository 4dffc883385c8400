"""Call flows: their model, validation and interpretation."""
