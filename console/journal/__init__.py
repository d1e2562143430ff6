"""The journal: what the console changed, and what it remembers of receive counts."""
