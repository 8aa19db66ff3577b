"""The parts of Train & compare."""
