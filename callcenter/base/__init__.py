"""What everything stands on: ids, errors, events and state tables."""
