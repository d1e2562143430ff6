"""Repairs: planned on what is there, shown as a difference, merged, journaled, taken back."""
