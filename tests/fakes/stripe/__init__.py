"""How tests start and use the stand-in for Stripe."""
