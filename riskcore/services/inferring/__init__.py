"""From an unknown table to a scenario."""
