"""What administrators see of the knowledge base."""
