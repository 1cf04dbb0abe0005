"""Texts and storyboards, version by version."""
