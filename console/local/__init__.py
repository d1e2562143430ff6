"""The local backend: an emulator of AWS on this machine, with an installation and traffic."""
