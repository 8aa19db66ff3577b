"""One entity's past and what it may do next."""
