"""One screen a file; each shows models and starts jobs, none calls AWS itself."""
