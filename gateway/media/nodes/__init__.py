"""Nodes: the pool, its abilities, the placement of jobs, and the reports of engines."""
