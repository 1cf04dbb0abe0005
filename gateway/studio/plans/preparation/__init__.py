"""Preparation of plans: every step read, measured, priced and frozen."""
