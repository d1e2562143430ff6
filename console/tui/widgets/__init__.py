"""One widget a file; widgets receive models and post messages, never a gateway."""
