"""Media jobs: what developers and agents buy."""
