"""Database schema performance lab: build each design, measure it, say which to adopt."""
