"""Tools: the check of a call, its REST request, waiting, consent, and the next step."""
