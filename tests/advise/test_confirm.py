"""A set that was chosen as one, under a fake `measure`: who stays, who leaves, and what becomes of it without time."""

from __future__ import annotations

from collections.abc import Sequence

from test_search import fake, kept, proposal

from lab.advise.confirm import confirm
from lab.advise.judge import Budget
from lab.advise.search import search
from lab.advise.whole import ADVICE
from lab.model.change import Variant
from lab.model.run import EngineRun


def product(**speeds: float):  # type: ignore[no-untyped-def]
    """Each change makes the mix as many times faster, whatever else there is."""

    def speed(names: frozenset[str]) -> float:
        found = 1.0
        for name in names:
            found *= speeds.get(name, 1.0)
        return found

    return speed


def test_members_that_are_missed_stay() -> None:
    trials = confirm([proposal("a"), proposal("b")], fake(product(a=0.5, b=0.6)), Budget())
    assert kept(trials) == ["a", "b"]
    assert trials[0].verdict.startswith("alone, the mix takes 0.5x")


def test_a_member_nobody_misses_leaves() -> None:
    trials = confirm([proposal("a"), proposal("idle")], fake(product(a=0.5)), Budget())
    assert kept(trials) == ["a"]
    assert "nothing gets slower without it" in trials[1].verdict


def test_of_two_that_do_one_job_one_leaves_and_the_other_stays() -> None:
    trials = confirm([proposal("a"), proposal("b")], fake(lambda names: 0.5 if names else 1.0), Budget())
    assert len(kept(trials)) == 1


def test_an_index_that_only_helps_beside_another_stays() -> None:
    speed = lambda names: 0.2 if names >= {"a", "b"} else 0.9 if "a" in names else 1.0  # noqa: E731
    assert kept(confirm([proposal("a"), proposal("b")], fake(speed), Budget())) == ["a", "b"]


def test_the_set_keeps_to_its_bytes_as_measured() -> None:
    measure = fake(product(a=0.4, b=0.8), megabytes=6.0)
    trials = confirm([proposal("a"), proposal("b")], measure, Budget(storage_bytes=10_000_000))
    assert kept(trials) == ["a"]
    assert "over the storage budget" in trials[1].verdict


def test_a_set_that_slows_an_operation_as_a_whole_is_taken_apart() -> None:
    speed = lambda names: 2.0 if names >= {"a", "b"} else 0.5 if names else 1.0  # noqa: E731
    trials = confirm([proposal("a"), proposal("b")], fake(speed), Budget())
    assert len(kept(trials)) == 1
    assert "together with the others, `read` gets slower" in trials[-1].verdict


def test_without_time_a_set_is_measured_once() -> None:
    asked: list[list[str]] = []

    def measure(variants: Sequence[Variant]) -> EngineRun:
        asked.append([variant.name for variant in variants])
        return fake(product(a=0.5, b=0.6))(variants)

    trials = confirm([proposal("a"), proposal("b")], measure, Budget(), lambda variants: True)
    assert asked == [[ADVICE]]
    assert kept(trials) == ["a", "b"]
    assert "no time was left" in trials[0].verdict


def test_what_cannot_be_tried_in_time_is_said() -> None:
    (trial,) = search([proposal("a")], fake(product(a=0.5)), Budget(), lambda variants: True)
    assert not trial.is_accepted and "time budget was spent" in trial.verdict


def test_without_time_a_set_that_slows_an_operation_is_not_advised() -> None:
    assert kept(confirm([proposal("a")], fake(product(a=1.5)), Budget(), lambda variants: True)) == []


def test_without_time_a_set_of_no_shown_gain_is_not_advised() -> None:
    trials = confirm([proposal("a"), proposal("b")], fake(product()), Budget(), lambda variants: True)
    assert kept(trials) == []
    assert all("no gain is shown; no time was left" in trial.verdict for trial in trials)


def test_when_time_ends_what_helps_neither_alone_nor_with_the_others_leaves() -> None:
    is_late = iter([False, *[True] * 9])
    members = [proposal("a"), proposal("idle"), proposal("useless")]
    trials = confirm(members, fake(product(a=0.5)), Budget(), lambda variants: next(is_late))
    assert kept(trials) == ["a"]
    trials = trials[1:]
    assert all("no time was left to see whether the set misses it" in trial.verdict for trial in trials)


def test_what_was_shown_to_help_alone_stays_though_the_last_look_shows_nothing() -> None:
    is_late = iter([False, *[True] * 9])

    def measure(variants: Sequence[Variant]) -> EngineRun:
        is_noisy = [variant.name for variant in variants] == [ADVICE]
        return fake(product() if is_noisy else product(a=0.5))(variants)

    trials = confirm([proposal("idle"), proposal("a")], measure, Budget(), lambda variants: next(is_late))
    assert kept(trials) == ["a"]


def test_when_time_ends_what_the_set_was_seen_to_miss_stays() -> None:
    """`a` and `b` help only together; nobody misses the idle ones, of which one look lets one leave."""
    is_late = iter([False, False, *[True] * 9])
    speed = lambda names: 0.2 if names >= {"a", "b"} else 1.0  # noqa: E731
    members = [proposal(name) for name in ("a", "idle", "b", "useless")]
    trials = confirm(members, fake(speed), Budget(), lambda variants: next(is_late))
    assert kept(trials) == ["a", "b"]


def test_nothing_chosen_is_nothing_advised() -> None:
    assert confirm([], fake(product()), Budget()) == ()


def test_what_slows_the_whole_at_the_last_look_leaves_and_the_rest_stays() -> None:
    """Alone and without each it looked well: only the last measurement shows what it does."""
    looks = 0

    def measure(variants: Sequence[Variant]) -> EngineRun:
        nonlocal looks
        looks += [variant.name for variant in variants] == [ADVICE]
        slows = {"a": 0.5, "b": 0.6} if not looks else {"a": 0.5, "b": 8.0}
        return fake(product(**slows))(variants)

    trials = confirm([proposal("a"), proposal("b")], measure, Budget())
    assert kept(trials) == ["a"]
    assert "together with the others, `read` gets slower" in trials[1].verdict
    assert looks == 2


def test_without_time_the_whole_loses_few_before_nothing_is_advised() -> None:
    asked = []

    def measure(variants: Sequence[Variant]) -> EngineRun:
        asked.append(len(variants[0].changes))
        return fake(lambda names: 3.0 if names else 1.0)(variants)

    assert kept(confirm([proposal(name) for name in "abcdef"], measure, Budget(), lambda variants: True)) == []
    assert asked == [6, 5, 4]
