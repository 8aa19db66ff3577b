"""Synthetic authentication events: people, what they own and do, attacks on them, and a table of all that."""
