"""Would AWS allow this call by this resource policy: read, decide, explain. Pure."""
