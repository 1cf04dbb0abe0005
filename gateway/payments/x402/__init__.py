"""Paying in USDC within one request, by x402."""
