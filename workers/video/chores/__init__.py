"""Chores: the small media work around an engine, done in a child process."""
