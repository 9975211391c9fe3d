"""Doubts in words."""

from __future__ import annotations

from lab.model.doubt import Doubt, Drift, FewPairs, FewSamples
from lab.report import units


def words(doubt: Doubt | str) -> str:
    """One sentence, without its full stop."""
    match doubt:
        case FewSamples():
            return (
                f"p{doubt.percentile} needs at least {doubt.needed} samples for its interval; there are {doubt.count}"
            )
        case FewPairs():
            return f"a ratio needs at least {doubt.needed_pairs} pairs for its interval; there are {doubt.pairs}"
        case Drift():
            aside = f"{doubt.set_aside} of {doubt.of} rounds are set aside where the gate compares"
            return (
                f"the machine drifted: {_WHAT[doubt.probe]} took up to {units.ratio(doubt.factor)} its least; {aside}"
            )
        case str():
            return doubt


_WHAT = {"processor": "a fixed piece of work", "empty statement": "an empty statement"}
