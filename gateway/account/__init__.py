"""The account as a whole: the default limits of its new keys, and its closing."""
