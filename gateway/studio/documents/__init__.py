"""Text documents and storyboards: their versions, and the takes of shots."""
