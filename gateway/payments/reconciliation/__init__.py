"""Reconciliation: the books compared with each provider, every night and by an operator."""
