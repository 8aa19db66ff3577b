"""What is asked of an event and its past: signals by topic, the facts they share, and the groups they fall into."""
