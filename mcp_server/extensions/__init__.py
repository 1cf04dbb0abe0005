"""Protocol extensions: skills and tasks."""
