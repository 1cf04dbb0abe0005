"""Invoices and credit notes of our own, for purchases that no provider invoiced."""
