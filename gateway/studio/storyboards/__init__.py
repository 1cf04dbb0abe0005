"""Storyboards: normal form, edits, Markdown and Fountain, and the steps of a render."""
