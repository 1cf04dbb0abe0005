"""The agent that reads and proposes, and never spends by itself."""
