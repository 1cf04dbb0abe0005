"""Webhooks to customers: signed messages, their deliveries and secrets."""
