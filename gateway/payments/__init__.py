"""Money in: packages, the ways to pay for them, purchases, refunds and disputes, receipts."""
