"""Measurements and simulations behind docs/scale.md."""
