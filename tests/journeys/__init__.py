"""Few, long and whole: a resident and a specialist in a real browser."""
