"""Auto top-up: a saved card is charged for a package when the balance falls below a threshold."""
