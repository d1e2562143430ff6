"""Frozen, typed values that the rest of the console passes around."""
