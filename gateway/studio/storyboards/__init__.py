"""Storyboards: one normal form, Markdown, and the plan that films them."""
