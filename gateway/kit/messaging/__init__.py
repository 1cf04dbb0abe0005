"""Hints between processes: the broker, notifications of changes, the presence of each part."""
