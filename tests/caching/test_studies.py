"""Choices inside Redis, on a real server: what is measured must agree with what is known of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from lab.caching.cache_database import cache_database
from lab.caching.studies import eviction, load_study
from lab.caching.studies.ground import StudyGround
from lab.datagen import Generator
from lab.design import read_design
from lab.engines.engine import Server
from lab.model.caching import Study
from lab.provision import parse_spec, start

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def ground(redis_server: Server) -> Iterator[StudyGround]:
    design = read_design(ROOT / "schemas/ecommerce")
    with cache_database(redis_server) as cache:
        generator = Generator(design.schema, design.data, 0.02, 1)
        yield StudyGround(cache, design, generator, 1, 8.0, partial(start, parse_spec("redis@local")))


@dataclass(frozen=True)
class Told:
    study: Study

    def __call__(self, option: str, title: str) -> float:
        found = next(each for each in self.study.options if each.name == option)
        value = next(figure.value for figure in found.figures if figure.title == title)
        assert value is not None
        return value.estimate


def test_layouts_are_ranked_by_memory_and_explained(ground: StudyGround) -> None:
    study = load_study("layouts")(ground)
    told = Told(study)
    sizes = [told(option.name, "memory a record") for option in study.options]
    assert sizes == sorted(sizes)
    assert told("field per key", "memory a record") > told("hash", "memory a record")
    assert told("JSON string with expiry", "memory a record") > told("JSON string", "memory a record")
    assert told("bucketed hash, limits raised", "memory a record") < told("JSON string", "memory a record")
    notes = {option.name: option.note for option in study.options}
    assert "encoded as hashtable" in notes["hash beyond the limits"]
    assert "encoded as listpack" in notes["bucketed hash, limits raised"]
    assert any("listpack" in words for words in study.explanations)


def test_settings_are_put_back(ground: StudyGround) -> None:
    with ground.cache.connect().client as client:
        before = client.config_get("*")
        load_study("layouts")(ground)
        load_study("listings")(ground)
        assert client.config_get("*") == before
        assert client.info("keyspace").get(f"db{ground.cache.number}", {"keys": 0})["keys"] == 1


def test_names_and_pipelines(ground: StudyGround) -> None:
    told = Told(load_study("naming")(ground))
    assert told("design:table:key", "memory a key") > told("initial:key", "memory a key")
    told = Told(load_study("pipelining")(ground))
    assert told("one by one", "100 records") > told("a pipeline of 100", "100 records")


def test_what_nobody_hears_by_pub_sub_a_stream_has_kept(ground: StudyGround) -> None:
    told = Told(load_study("invalidation")(ground))
    assert told("pub/sub, 1 subscriber", "heard after being away") == 0
    assert told("stream, 1 reader", "heard after being away") == 1
    assert 0 < told("pub/sub, 8 subscribers", "lag") < 1


def test_sliding_answers_grow_old(ground: StudyGround) -> None:
    told = Told(load_study("expiry")(ground))
    assert told("sliding", "hit ratio") > told("fixed", "hit ratio")
    assert told("sliding", "oldest answers (p95)") > told("fixed", "oldest answers (p95)")


def test_policies_hit_as_they_should(ground: StudyGround) -> None:
    study = load_study("eviction")(ground)
    told = Told(study)
    for policy in ("allkeys-lru", "allkeys-random"):
        assert told(policy, "hit ratio") == pytest.approx(told(policy, "expected"), abs=0.12)
    assert told("noeviction", "writes refused") > 0 and told("allkeys-lru", "writes refused") == 0
    assert not study.doubts


def test_a_run_too_short_for_the_clock_gives_no_hit_ratio() -> None:
    rate, is_slow_enough = eviction.pace(stay_requests=2000, seconds=1.0)
    assert not is_slow_enough
    assert "No hit ratio is given" in eviction.too_short(2000 / rate)
    rate, is_slow_enough = eviction.pace(stay_requests=2000, seconds=12.0)
    assert is_slow_enough and 2000 / rate == pytest.approx(4.8)
    # Too few keys to be asked for quickly enough are no matter; too many would be.
    assert eviction.pace(stay_requests=1e9, seconds=12.0)[0] <= 4000
