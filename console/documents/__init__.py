"""The JSON that scripts read: models as documents, whose keys may be added and never renamed."""
