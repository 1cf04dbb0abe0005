"""Chains of Ethereum's kind: their nodes, their blocks, and transfers of USDC on them."""
