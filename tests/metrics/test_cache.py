from __future__ import annotations

import multiprocessing
import os
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.cache import Cache, digest, user_cache

KEY = digest("a", "b")
VALUE = ("facts", 3, {"rule": [(1, "x"), None]})


def entry(folder):
    return next(path for path in folder.rglob("*.facts"))


def test_what_is_stored_is_loaded(tmp_path):
    Cache(tmp_path).store(KEY, VALUE)
    assert Cache(tmp_path).load(KEY) == VALUE


def test_what_is_not_there_is_a_miss(tmp_path):
    assert Cache(tmp_path / "nowhere").load(KEY) is None


@given(st.data())
def test_a_changed_entry_is_a_miss(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("cache")
    Cache(folder).store(KEY, VALUE)
    path = entry(folder)
    stored = path.read_bytes()
    at = data.draw(st.integers(0, len(stored) - 1))
    changed = data.draw(st.sampled_from([stored[:at], stored[:at] + bytes([stored[at] ^ 1]) + stored[at + 1 :]]))
    path.write_bytes(changed)
    assert Cache(folder).load(KEY) is None


def test_an_entry_under_another_key_is_a_miss(tmp_path):
    Cache(tmp_path).store(KEY, VALUE)
    other = digest("c")
    target = tmp_path / other[:2] / (other[2:] + ".facts")
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(entry(tmp_path).read_bytes())
    assert Cache(tmp_path).load(other) is None


def test_a_value_that_is_not_plain_is_refused(tmp_path):
    with pytest.raises(ValueError, match="unmarshallable"):
        Cache(tmp_path).store(KEY, object())


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    Cache(tmp_path / "file" / "below").store(KEY, VALUE)
    assert Cache(tmp_path / "file" / "below").load(KEY) is None


def test_the_parts_of_a_key_do_not_run_together():
    assert digest("ab", "c") != digest("a", "bc")


def write_often(folder, seed):
    cache = Cache(folder)
    for number in range(100):
        cache.store(digest(str(number % 10)), (number % 10, "x" * 1000))
        found = cache.load(digest(str((number * seed) % 10)))
        assert found is None or found == ((number * seed) % 10, "x" * 1000)


def test_several_processes_may_write_at_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_often, args=(tmp_path, seed)) for seed in (1, 3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert not list(tmp_path.rglob("*.part"))


def test_pruning_drops_the_entries_written_longest_ago(tmp_path):
    cache = Cache(tmp_path, limit=2500)
    for number in range(4):
        cache.store(digest(str(number)), "x" * 1000)
        path = next(p for p in tmp_path.rglob("*.facts") if p.name.startswith(digest(str(number))[2:]))
        os.utime(path, (number, number))
    cache.prune()
    assert [cache.load(digest(str(number))) is not None for number in range(4)] == [False, False, True, True]


def test_pruning_happens_once_a_day(tmp_path):
    cache = Cache(tmp_path)
    cache.prune()
    cache.store(KEY, VALUE)
    Cache(tmp_path, limit=1000).prune()
    assert cache.load(KEY) == VALUE
    Cache(tmp_path, limit=10).prune(time.time() + 2 * 86_400)
    assert cache.load(KEY) is None


def test_a_process_that_writes_much_prunes_at_once(tmp_path):
    cache = Cache(tmp_path, limit=20_000)
    for number in range(200):
        cache.store(digest(str(number)), "x" * 1000)
        cache.prune()
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.facts")) < 30_000


def test_the_environment_can_name_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GUARDLOOP_CACHE", str(tmp_path / "named"))
    assert user_cache().folder == tmp_path / "named"
    monkeypatch.delenv("GUARDLOOP_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache().folder.name == "guardloop"
