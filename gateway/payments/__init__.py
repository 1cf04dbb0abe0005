"""Payments: packages, providers, checkouts, purchases, refunds, disputes and receipts."""
