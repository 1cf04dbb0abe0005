"""Approval plans: frozen steps at exact prices, approved once."""
