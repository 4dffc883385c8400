"""Public test kit: phones, peers, audio checks and a server under test, for this product's tests and for its users'."""
