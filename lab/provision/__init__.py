"""An engine spec (`postgres:18`, `sqlite`) becomes a running server, private to this run, as a context manager."""

from lab.provision.spec import Spec, parse_spec
from lab.provision.start import start

__all__ = ["Spec", "parse_spec", "start"]
