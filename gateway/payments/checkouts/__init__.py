"""Checkouts: opened, paid on a page of a provider, claimed, swept, and fulfilled exactly once."""
