"""Media tasks: what one may ask for, what we change about it, and what it costs. All pure."""
