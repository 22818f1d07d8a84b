"""The families of commands; each module adds its own to the one list in bot/cli.py."""
