"""The studio: threads, documents, storyboards, approval plans and the agent."""
