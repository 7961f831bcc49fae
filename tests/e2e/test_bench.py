import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).with_name("guardloop")
SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop" / "shop"


def bench(*arguments):
    return subprocess.run([SCRIPT, "bench", *map(str, arguments)], capture_output=True, text=True, check=False)


def test_holes_are_opened_in_folders_and_files_and_every_engine_sees_the_same():
    answers = [
        bench("--holes", SHOP, SHOP / "pricing.py", "--engine", "enumerate", "--per-task", 2, "--format", "json")
        for _ in range(2)
    ]
    first, second = (json.loads(answer.stdout) for answer in answers)
    assert first["schema"] == 1
    assert {"identifier", "helper-name", "parameter", "line"} <= set(first["tasks"])
    for kind, task in first["tasks"].items():
        assert set(task["engines"]) == {"copy", "enumerate"}
        for name, said in task["engines"].items():
            assert 0 <= said["exact_at_1"] <= said["exact_at_8"] <= 1
            again = second["tasks"][kind]["engines"][name]
            assert {key: value for key, value in said.items() if key != "cpu_seconds"} == {
                key: value for key, value in again.items() if key != "cpu_seconds"
            }


def test_the_table_names_tasks_and_engines():
    said = bench("--holes", SHOP, "--engine", "enumerate", "--per-task", 1).stdout
    assert said.startswith("task ")
    assert "copy" in said
    assert "enumerate" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--holes"], "--holes and PATHs belong together"),
        ([SHOP], "--holes and PATHs belong together"),
        (["--holes", "/no/such"], "/no/such: expected a file or folder to open holes in, found nothing"),
        (["--holes", SHOP, "--engine", "nobody"], "got 'nobody'"),
        (["--plot", "/no/such/a.svg"], "--plot /no/such/a.svg: expected a folder to write to"),
        (["--device", "tpu"], "--device: expected cpu or cuda, got 'tpu'"),
        (["--engine", "enumerate"], "expected a diffusion engine that runs here, got 'enumerate'"),
    ],
)
def test_what_cannot_be_measured_is_said(arguments, said):
    answer = bench(*arguments)
    assert answer.returncode == 2
    assert said in answer.stderr
    assert not answer.stdout


def test_the_latency_shape_is_a_table_rows_and_a_drawing(tmp_path):
    pytest.importorskip("torch")
    shape = ["--length", 8, "--steps", 2, "--candidates", 2, "--dtype", "float32"]
    rows = json.loads(bench(*shape, "--plot", tmp_path / "shape.svg", "--format", "json").stdout)["rows"]
    assert [row["engine"] for row in rows] == ["nano", "nano, settling", "nano, autoregressive"]
    assert [row["tokens_per_forward"] for row in rows] == [8, 8, 2]
    assert "2 candidates" in (tmp_path / "shape.svg").read_text()
    said = bench(*shape).stdout.splitlines()
    assert said[0].startswith("cpu (")
    assert said[1].split()[:3] == ["engine", "length", "steps"]
    assert len(said) == 2 + len(rows)
