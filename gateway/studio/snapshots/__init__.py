"""The snapshot: all that a page or an agent needs of the studio, in one read."""
