"""Paying by card, on the page of Stripe."""
