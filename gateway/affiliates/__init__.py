"""Affiliates: whose links bring buyers, what they earn by it, and how they are paid."""
