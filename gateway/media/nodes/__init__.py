"""Nodes: the pool, its abilities, the place of a job, and the reports of engines."""
