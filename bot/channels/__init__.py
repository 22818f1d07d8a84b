"""Doors to the providers, one file each."""
