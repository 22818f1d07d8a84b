"""Sending what is queued: claims, calls, what follows from their outcome."""
