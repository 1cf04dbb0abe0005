"""Oversight: jobs and deliveries for operators, the gauges, the storage check."""
