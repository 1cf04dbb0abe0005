"""The account as a whole: what its new keys may spend, and its end."""
