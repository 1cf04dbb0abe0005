"""Chains on this machine, spoken to by JSON-RPC: blocks, tokens and reorganisations.

`chain` is a model in Python for most tests, `ethereum` has a real EVM, and `anvil` is a node that
others wrote.
"""
