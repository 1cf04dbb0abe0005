"""Films: the cut of a storyboard's takes, and the film that was rendered from it."""
