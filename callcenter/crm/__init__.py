"""Customers, stores and the contacts between them."""
