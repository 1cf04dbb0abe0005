"""Pages of films: the list, and the tabs of one film."""
