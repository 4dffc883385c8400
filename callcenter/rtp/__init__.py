"""RTP and RTCP (RFC 3550) packets and arithmetic, without I/O."""
