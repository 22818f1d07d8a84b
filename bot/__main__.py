"""`python -m bot` is the command `paligs`."""

from bot.cli import main

if __name__ == "__main__":
    main()
