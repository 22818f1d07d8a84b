"""Providers as our code meets them: real HTTP on a port of this machine, good days and bad ones."""
