"""Billing details: the name, address and tax id that an account's invoices are made out to."""
