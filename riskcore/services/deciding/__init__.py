"""From risk to what is done: sweeps, money, workload, and two ways of deciding side by side."""
