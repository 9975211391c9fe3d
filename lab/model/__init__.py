"""What the lab talks about: frozen dataclasses without I/O, one module a subject."""
