"""Calls: legs, ringing, conversations, transfers, registrations and trunks."""
