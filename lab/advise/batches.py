"""Whether one query for many keys beats as many queries for one: both measured in the same rounds."""

from __future__ import annotations

from lab.model.run import Proposal, Trial, VariantRun

_LEAST_GAIN = 0.8
"""Of the single lookups' time the batch may take at most, to be worth the caller's trouble."""


def judge_batch(proposal: Proposal, run: VariantRun) -> Trial:
    """The single lookups' time is that of one, as often as the batch has keys: a caller waits for each in turn."""
    assert proposal.batch is not None
    single, batch = run.operation(proposal.operations[0]), run.operation(proposal.batch.name)
    if single is None or batch is None or single.summary is None or batch.summary is None:
        return Trial(proposal, run, False, "could not be measured beside the single lookup")
    count = proposal.batch_size
    one, many = single.summary.p50, batch.summary.p50
    ratio = many.estimate / (count * one.estimate)
    low, high = many.low / (count * one.high), many.high / (count * one.low)
    told = f"{count} keys at once take {ratio:.3g}x [{low:.3g}, {high:.3g}] the time of {count} lookups in turn"
    return Trial(proposal, run, high < _LEAST_GAIN, told)
