"""Where providers bring messages in, and where we ask them."""
