"""Audio: worker processes that play, bridge, mix and record, and the prompts they play."""
