"""Execution of plans: holds, jobs, and the takes that come of them."""
