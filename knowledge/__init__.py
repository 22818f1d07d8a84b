"""What the service offers: content, search, language, rules and pre-check."""
