"""A chain on this machine: blocks, tokens and turns elsewhere, spoken to by JSON-RPC."""
