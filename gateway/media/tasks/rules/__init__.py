"""Rules that tasks share: grids, lengths, anchors, capacity, bindings of workflows."""
