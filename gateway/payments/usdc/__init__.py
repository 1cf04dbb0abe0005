"""Reading a chain of Ethereum's kind: its nodes, its blocks, and the USDC on it."""
