"""Affiliates: their codes and links, the commissions on referred purchases, and payouts."""
