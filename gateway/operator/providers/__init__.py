"""Acts of operators on the payments of one provider alone."""
