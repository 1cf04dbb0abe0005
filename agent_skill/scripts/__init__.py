"""The scripts of the skill; an agent runs them outside of this package, with Python alone."""
