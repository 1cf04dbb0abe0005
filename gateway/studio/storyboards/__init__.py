"""Storyboards: their normal form, edits, Markdown and Fountain, and the plan that films them."""
