"""Reports of the ledger: balances, history, gauges, look-ups and low balances."""
