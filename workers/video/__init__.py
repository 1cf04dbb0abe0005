"""Streaming media work on the CPU: knows frames, samples and files, neither jobs nor money."""
