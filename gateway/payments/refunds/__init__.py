"""Refunds, disputes and payments that a chain undid: credit taken back, or given back."""
