"""Inputs: media references measured and stored, and the operator's content rules."""
