"""Child processes for media work: the parent's side, and the limits that a child sets itself."""
