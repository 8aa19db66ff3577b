"""Speed and memory, measured against the bare library call in the same run: `make bench`."""
