"""Sweeps of jobs, stored inputs and archived assets."""
