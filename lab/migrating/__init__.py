"""`lab migrate`: sources read, a plan made, written, run, and proved on real servers."""

from lab.migrating.planning import Planned, Wanted, plan
from lab.migrating.verify import Verified, verify

__all__ = ["Planned", "Verified", "Wanted", "plan", "verify"]
