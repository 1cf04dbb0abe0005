"""A payment provider that only tests know: its stand-in, and all that a new one takes."""
