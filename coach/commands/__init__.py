"""The commands, by topic. Each parses, calls and prints; what it calls is imported when it runs, so that `--help` is quick."""
