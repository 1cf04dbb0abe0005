"""Pages of the studio: projects, threads, storyboards, approval plans."""
