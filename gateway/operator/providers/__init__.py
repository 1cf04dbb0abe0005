"""What operators do about the payments of one provider alone."""
