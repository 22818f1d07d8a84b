"""The histories of both databases."""
