"""Purchases: payments that became credit, their receipts and the affiliate's commission."""
