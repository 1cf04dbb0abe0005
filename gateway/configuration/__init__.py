"""Configuration of a process: every setting, its defaults, and the file of its secrets."""
