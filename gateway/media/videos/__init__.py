"""Clips as the jobs that made them: a page of them, deleting one, running one again."""
