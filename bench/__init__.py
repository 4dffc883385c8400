"""Measured comparisons: what a call costs here, against bare C and SIPp in the same run."""
