"""Threads, their messages, and the settings of the studio."""
