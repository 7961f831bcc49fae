from __future__ import annotations

import multiprocessing
import os
import random
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.cache import Cache, digest, user_cache

KEY = digest("a", "b")
VALUE = ("facts", 3, {"rule": [(1, "x"), None]})


def file_of(folder):
    (path,) = (path for path in folder.iterdir() if path.is_file())
    return path


def query(folder, statement, *values):
    with closing(sqlite3.connect(file_of(folder), isolation_level=None)) as connection:
        return connection.execute(statement, values).fetchall()


def test_what_is_stored_is_loaded(tmp_path):
    Cache(tmp_path).store(KEY, VALUE)
    assert Cache(tmp_path).load(KEY) == VALUE


def test_many_entries_are_stored_and_loaded_at_once(tmp_path):
    values = {digest(str(number)): (number, "x" * number) for number in range(1200)}
    Cache(tmp_path).store_all(values)
    assert Cache(tmp_path).load_all([*values, digest("another")]) == values


def test_what_is_not_there_is_a_miss(tmp_path):
    assert Cache(tmp_path / "nowhere").load(KEY) is None
    assert not (tmp_path / "nowhere").exists()


def test_what_is_stored_again_replaces_what_was_there(tmp_path):
    cache = Cache(tmp_path)
    cache.store(KEY, VALUE)
    cache.store(KEY, (1,))
    assert cache.load(KEY) == (1,)


@given(st.data())
def test_a_changed_entry_is_a_miss(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("cache")
    Cache(folder).store(KEY, VALUE)
    ((stored,),) = query(folder, "SELECT value FROM entries")
    at = data.draw(st.integers(0, len(stored) - 1))
    flipped = stored[:at] + bytes([stored[at] ^ 1]) + stored[at + 1 :]
    changed = data.draw(st.sampled_from([stored[:at], flipped, stored.decode("latin-1"), None, 7]))
    query(folder, "UPDATE entries SET value = ?", changed)
    assert Cache(folder).load(KEY) is None


def test_an_entry_under_another_key_is_a_miss(tmp_path):
    Cache(tmp_path).store(KEY, VALUE)
    query(tmp_path, "UPDATE entries SET key = ?", digest("c"))
    assert Cache(tmp_path).load(digest("c")) is None


@settings(max_examples=60)
@given(st.data())
def test_a_torn_file_never_answers_wrong_and_is_usable_again(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("cache")
    values = {digest(str(number)): (number, "x" * 3000) for number in range(40)}
    Cache(folder).store_all(values)
    path = file_of(folder)
    stored = bytearray(path.read_bytes())
    start = data.draw(st.integers(0, len(stored) - 1))
    kind = data.draw(st.sampled_from(["cut", "garbage", "zeros", "other"]))
    if kind == "cut":
        stored = stored[:start]
    elif kind == "garbage":
        stored[start : start + 5000] = random.Random(start).randbytes(5000)
    elif kind == "zeros":
        stored[start : start + 5000] = bytes(5000)
    else:
        stored = bytearray(b"not a database, but long enough to be read as one" * 100)
    path.write_bytes(stored)
    # Whoever meets the damage removes the file; a use or two later it holds again.
    for _ in range(5):
        found = Cache(folder).load_all(values)
        assert all(values[key] == value for key, value in found.items())
        Cache(folder).store_all(values)
    assert Cache(folder).load_all(values) == values


def test_a_file_of_which_sqlite_says_what_is_no_text_is_a_miss_and_removed(tmp_path):
    Cache(tmp_path).store(KEY, VALUE)
    path = file_of(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"TABLE entries", b"TABLE \xbc\xbctries"))
    assert Cache(tmp_path).load(KEY) is None
    assert not path.exists()


def test_a_value_that_is_torn_text_is_a_miss_and_the_file_usable_again(tmp_path):
    Cache(tmp_path).store(KEY, VALUE)
    query(tmp_path, "UPDATE entries SET value = CAST(? AS TEXT)", b"\xbc\xff")
    assert Cache(tmp_path).load(KEY) is None
    Cache(tmp_path).store(KEY, VALUE)
    assert Cache(tmp_path).load(KEY) == VALUE


def test_a_foreign_table_is_a_miss_and_no_error(tmp_path):
    Cache(tmp_path).store(KEY, VALUE)
    query(tmp_path, "ALTER TABLE entries RENAME TO others")
    query(tmp_path, "CREATE TABLE entries (empty)")
    Cache(tmp_path).store(KEY, VALUE)
    assert Cache(tmp_path).load(KEY) is None


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
    cache = Cache(folder, limit=2**20)
    for number in range(60):
        cache.store_all({digest(str(n)): (n, "x" * 5000) for n in range(number % 10, number % 10 + 20)})
        found = cache.load(digest(str((number * seed) % 30)))
        assert found is None or found == ((number * seed) % 30, "x" * 5000)


def test_many_processes_may_write_at_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_often, args=(tmp_path, seed)) for seed in range(1, 9)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * len(writers)
    assert query(tmp_path, "PRAGMA integrity_check") == [("ok",)]
    assert len(Cache(tmp_path).load_all(digest(str(number)) for number in range(29))) == 29


def store_until_killed(folder):
    cache = Cache(folder)
    for number in range(10_000):
        cache.store_all({digest(str(number), str(n)): "x" * 20_000 for n in range(20)})


def test_a_writer_that_is_killed_leaves_a_usable_cache(tmp_path):
    context = multiprocessing.get_context("spawn")
    Cache(tmp_path).store(KEY, VALUE)
    for _ in range(3):
        writer = context.Process(target=store_until_killed, args=(tmp_path,))
        writer.start()
        writer.join(0.4)
        writer.kill()
        writer.join()
        assert Cache(tmp_path).load(KEY) == VALUE


def test_while_another_process_writes_reading_is_a_miss_and_no_error(tmp_path, monkeypatch):
    monkeypatch.setattr("metrics.cache._PATIENCE", 0.01)
    Cache(tmp_path).store(KEY, VALUE)
    with closing(sqlite3.connect(file_of(tmp_path), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert Cache(tmp_path).load(KEY) is None
        Cache(tmp_path).store(KEY, (1,))
        other.execute("COMMIT")
    assert Cache(tmp_path).load(KEY) == VALUE


def test_the_entries_written_longest_ago_make_room(tmp_path):
    cache = Cache(tmp_path, limit=400_000)
    for number in range(40):
        cache.store(digest(str(number)), "x" * 20_000)
    kept = [number for number in range(40) if cache.load(digest(str(number))) is not None]
    assert kept == list(range(kept[0], 40))
    assert 8 <= len(kept) <= 20


@pytest.mark.parametrize("limit", [1, 100_000, 1_000_000])
def test_the_file_is_bounded(tmp_path, limit):
    cache = Cache(tmp_path, limit)
    for number in range(100):
        cache.store(digest(str(number)), os.urandom(20_000))
    # The limit, one write more, and the pages that hold the table itself.
    assert file_of(tmp_path).stat().st_size <= limit + 50_000 + 4 * 16_384


def test_the_environment_can_name_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GUARDLOOP_CACHE", str(tmp_path / "named"))
    assert user_cache().folder == tmp_path / "named"
    monkeypatch.delenv("GUARDLOOP_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache().folder.name == "guardloop"
