"""Money in: packages, checkouts and x402, refunds and disputes, receipts, reconciliation."""
