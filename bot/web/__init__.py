"""What a browser sees: the chat, the portal's frame, health."""
