"""Where weights come from, and the models that they make."""
