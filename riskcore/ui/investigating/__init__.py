"""The parts of Score one, Bulk score and Explain."""
