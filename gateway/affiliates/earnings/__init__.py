"""Earnings of affiliates: commissions, payouts, their review, pages and statistics."""
