"""uncounted."""
