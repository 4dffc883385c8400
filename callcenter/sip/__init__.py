"""The SIP core (RFC 3261 and its family), without I/O."""
