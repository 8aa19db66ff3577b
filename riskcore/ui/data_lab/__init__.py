"""The parts of Data lab."""
