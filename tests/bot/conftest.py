"""The running service is tested whole."""
