"""What was recorded, and who may listen to it."""
