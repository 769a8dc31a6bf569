"""The page and the terminal: event → session → view, with no logic of their own."""
