"""What the console can do: one file per operation, called by both front ends."""
