"""The web: pages, health, metrics and the API."""
