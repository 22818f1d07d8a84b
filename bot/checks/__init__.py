"""What `paligs check` looks at."""
