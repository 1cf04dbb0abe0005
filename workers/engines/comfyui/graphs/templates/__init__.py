"""Templates: an operator's own workflow, and where the values of a plan go in it."""
