"""The doctor: checks along the path of an event, each on facts that are fetched once."""
