"""Credit codes: an operator makes them, people redeem them for promotional credit."""
