"""The Agent Skill: a map of files, rendered from the catalogue by `render.py`."""
