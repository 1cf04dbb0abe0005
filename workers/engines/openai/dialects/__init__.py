"""The dialects of such servers: one module each, and the list of all in `catalogue`."""
