"""All of a studio in one read."""
