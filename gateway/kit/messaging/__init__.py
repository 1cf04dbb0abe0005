"""Hints between processes: the broker, news of changes, the presence of each part."""
