"""Rules that tasks share: grids, lengths, anchors, capacity, what a model takes."""
