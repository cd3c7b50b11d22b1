"""Records in one standard shape."""
