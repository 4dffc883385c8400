"""The sockets under the SIP core, and who may speak to them."""
