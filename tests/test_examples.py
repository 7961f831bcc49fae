import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def run(script: str, *arguments: str) -> str:
    command = [sys.executable, "-P", str(EXAMPLES / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_custom_scorer_charges_flags_beyond_the_first(tmp_path):
    (tmp_path / "export.py").write_text(
        "def export(rows, header=True, quote=False, zipped=False):\n    return rows\n\n\n"
        "def load(path, strict=True):\n    return path\n"
    )
    assert run("custom_scorer.py", str(tmp_path)) == (
        "   4  export.py:1  3 boolean flags can be passed by position; make them keyword-only\n"
    )


def test_the_custom_engine_fills_every_place_of_a_hole():
    assert run("custom_engine.py") == "def gross(net, tax_rate):\n    return net + net * tax_rate // 100\n"


def test_the_custom_gate_refuses_empty_names():
    assert run("custom_gate.py") == "helper: fail\nadd_tax: pass\n"


def test_the_shop_passes_its_own_tests():
    done = subprocess.run([sys.executable, "-m", "pytest", "-q"], cwd=EXAMPLES / "shop", capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("script", ["custom_scorer.py", "custom_engine.py", "custom_gate.py"])
def test_examples_are_strictly_typed(script):
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(EXAMPLES / script)],
        cwd=EXAMPLES.parent,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
