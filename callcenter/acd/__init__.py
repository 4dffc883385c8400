"""Automatic call distribution: callers wait in queues, agents are offered them, call-backs keep their place."""
