"""Whom a caller is sent to, and why."""
