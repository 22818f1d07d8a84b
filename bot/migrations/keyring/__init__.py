"""The history of the keyring."""
