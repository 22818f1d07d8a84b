"""The running service: doors in and out."""
