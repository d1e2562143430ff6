"""The command line: one file per subcommand over the same operations that the TUI calls."""
