"""The stand-in for Stripe as tests start and control it."""
