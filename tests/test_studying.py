"""Which studies are meant, by the engines that are named."""

from __future__ import annotations

import pytest

from lab.bench import studies as of_mongodb
from lab.caching import studies as of_redis
from lab.errors import LabError
from lab.provision import parse_spec
from lab.studying import check_studies

REDIS, MONGODB, SQLITE = parse_spec("redis"), parse_spec("mongodb:6"), parse_spec("sqlite")


def test_all_are_those_of_the_engines_that_are_named() -> None:
    assert check_studies(["all"], [REDIS]) == {"redis": of_redis.STUDIES}
    assert check_studies(["all"], [MONGODB, SQLITE]) == {"mongodb": of_mongodb.STUDIES}
    assert check_studies(["transactions", "layouts"], [MONGODB, REDIS]) == {
        "redis": ("layouts",),
        "mongodb": ("transactions",),
    }
    assert check_studies([], [REDIS, MONGODB]) == {}


def test_what_cannot_be_studied_is_said() -> None:
    with pytest.raises(LabError, match="no study called layout") as caught:
        check_studies(["layout"], [REDIS])
    assert "layouts" in caught.value.hint
    with pytest.raises(LabError, match="inside Redis, which was not named"):
        check_studies(["layouts"], [MONGODB])
    with pytest.raises(LabError, match="inside MongoDB, which was not named") as caught:
        check_studies(["transactions"], [REDIS])
    assert caught.value.hint == "add --engine mongodb"
    with pytest.raises(LabError, match="neither was named"):
        check_studies(["all"], [SQLITE])
    with pytest.raises(LabError, match="not the lab's own"):
        check_studies(["layouts"], [parse_spec("redis://localhost:6379")])
    assert check_studies(["transactions"], [parse_spec("mongodb://localhost:27017")])
