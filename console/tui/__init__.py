"""The terminal front end: the only place of the product that knows Textual."""
