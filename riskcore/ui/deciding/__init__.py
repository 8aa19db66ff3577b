"""The parts of Thresholds and Policy."""
