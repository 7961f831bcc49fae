from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.protocol import Edit, Fill, Hole, HoleKind, Sketch
from guardloop.audit import Audit, fill_from, read, results_from, sketches, written
from guardloop.errors import AuditError
from guardloop.judgement import GateResult, Outcome, Verdict

HOLE = Hole("name", HoleKind.HELPER_NAME, frozenset({"b", "a"}), ("x", "y"), ("hint",), "_")
SKETCH = Sketch(
    rule="duplication",
    finding="duplication:1",
    variant="function",
    instruction="Name it.",
    sources={"a.py": "x = '\udce9'\r\n", "new.py": ""},
    edits=(Edit("a.py", 0, 1, (HOLE, " and ", HOLE)), Edit("new.py", 0, 0, ("y = 1\n",))),
    predicted=12,
    feedback=("lint: bad",),
    context=("# a comment",),
)
FILL = Fill({"name": "_x"}, -0.5, "scripted", 3)
RESULTS = [
    GateResult("parses", Outcome.PASSED, seconds=0.1),
    GateResult("lint", Outcome.FAILED, "E1", details={"n": 1}),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "runs/log.jsonl"
    audit = Audit(path)
    audit.begin({"engine": "scripted"}, {"a.py": SKETCH.sources["a.py"]})
    audit.attempt(SKETCH, FILL, "tree", RESULTS, Verdict.REJECTED)
    audit.attempt(SKETCH, FILL, "tree", RESULTS, Verdict.REJECTED)
    return path


def test_sketches_fills_and_results_are_read_as_they_were_written(path: Path) -> None:
    records = read(path)
    assert sketches(records) == {SKETCH.id: SKETCH}
    attempt = records[-1]
    assert fill_from(attempt) == FILL
    assert results_from(attempt) == RESULTS
    assert [record["record"] for record in records] == ["run", "text", "text", "sketch", "attempt", "attempt"]


def test_a_torn_last_line_is_dropped_and_what_is_appended_stays_readable(path: Path) -> None:
    whole = read(path)
    with path.open("a") as stream:
        stream.write('{"record": "attempt", "sk')
    assert read(path) == whole
    Audit(path).begin({"engine": "again"})
    assert [*whole, {"record": "run", "schema": 1, "engine": "again", "changed": {}}] == read(path)


def test_a_broken_line_in_the_middle_is_named(path: Path) -> None:
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], "nonsense", *lines[1:]]) + "\n")
    with pytest.raises(AuditError, match=r"log\.jsonl:2: expected one JSON object a line, got 'nonsense'"):
        read(path)


@pytest.mark.parametrize(
    "text", ["", "{}\n", '{"record": "attempt"}\n', "[1]\n[2]\n", '{"record": "run", "schema": 9}\n']
)
def test_a_file_that_is_no_log_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.jsonl").write_text(text)
    with pytest.raises(AuditError, match="expected"):
        read(tmp_path / "x.jsonl")


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match="expected an audit log, got: No such file"):
        read(tmp_path / "none")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(AuditError, match="expected an audit log"):
        read(tmp_path / "binary")


def test_a_log_that_misses_a_text_is_refused(path: Path) -> None:
    records = [record for record in read(path) if record["record"] != "text"]
    with pytest.raises(AuditError, match="cannot be built again"):
        sketches(records)


def test_foreign_files_among_the_logs_are_no_error(path: Path) -> None:
    (path.parent / "z.jsonl").write_text("nonsense\n")
    Audit(path).accepting("tree", {"a.py": b"x"})
    assert {name for name, _ in written(path.parent)} == {"a.py"}


def test_a_log_in_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AuditError, match="name another file by --audit"):
        Audit(tmp_path / "file/log.jsonl")


def test_without_a_path_nothing_is_written(tmp_path: Path) -> None:
    audit = Audit(None)
    audit.begin({})
    audit.attempt(SKETCH, FILL, "tree", RESULTS, Verdict.REJECTED)
    audit.end({})
    assert audit.path is None


def test_every_line_is_one_json_object(path: Path) -> None:
    assert all(isinstance(json.loads(line), dict) for line in path.read_text().splitlines())
