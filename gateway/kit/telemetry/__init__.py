"""Logs without secrets, and the metrics of this process."""
