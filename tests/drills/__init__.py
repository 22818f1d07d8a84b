"""Drills: many at once, for long, or with the plug pulled."""
