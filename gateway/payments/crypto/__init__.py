"""Paying in USDC, by whichever provider takes it: the doors, and what goes over the wire."""
