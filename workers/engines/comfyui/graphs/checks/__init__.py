"""Checks of a graph before it is sent: classes and values, the graph as a whole, LTX's rules."""
