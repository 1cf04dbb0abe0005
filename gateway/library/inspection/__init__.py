"""Inspection of hostile media: turns, limited child processes, re-encoding."""
