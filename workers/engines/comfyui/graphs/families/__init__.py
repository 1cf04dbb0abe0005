"""Families of models whose graphs we draw: one module a family, and the nodes they share."""
