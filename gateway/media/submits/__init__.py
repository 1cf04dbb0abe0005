"""Submits and quotes: from a request to a priced plan and an admitted job."""
