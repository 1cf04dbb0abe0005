"""The workers: the processes that turn a paid job into a file."""
