"""Pages where pictures and films are made: the prompt bar, the grid, one result."""
