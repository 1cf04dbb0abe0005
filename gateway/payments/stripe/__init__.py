"""Stripe: card payments on its page, its events and its client."""
