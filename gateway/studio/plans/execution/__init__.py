"""Execution of plans: holds, the jobs of steps, and the takes recorded from them."""
