"""Cloud call center and IVR server: SIP/RTP voice core, drawn IVR flows, last-contacted-store routing."""

__version__ = "0.1.0"
