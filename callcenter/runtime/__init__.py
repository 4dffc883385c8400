"""What the process gives everybody: clocks, tasks, the bus, logs and metrics."""
