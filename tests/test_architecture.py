import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FORBIDDEN = {
    "metrics": {"engine", "guardloop", "torch", "transformers", "libcst"},
    "engine": {"metrics", "guardloop", "libcst"},
}
HEAVY = {"torch", "transformers", "tokenizers", "safetensors"}
MODULES = sorted(p for package in ("metrics", "engine", "guardloop") for p in (ROOT / package).rglob("*.py"))


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("package", sorted(FORBIDDEN))
def test_leaves_import_neither_each_other_nor_the_trunk(package):
    found = {p.name: imported(p) & FORBIDDEN[package] for p in MODULES if p.is_relative_to(ROOT / package)}
    assert not {name: bad for name, bad in found.items() if bad}


def test_only_models_and_their_training_import_torch():
    allowed = [ROOT / "engine" / package for package in ("diffusion", "autoregressive", "bench", "training")]
    assert not [p for p in MODULES if imported(p) & HEAVY and not any(p.is_relative_to(a) for a in allowed)]


def test_tests_have_no_packages():
    assert not list((ROOT / "tests").rglob("__init__.py"))


@pytest.mark.parametrize(
    "command", [["--help"], ["score", "--help"], ["fix", "--help"], ["verify", "--help"], ["engines"]]
)
def test_commands_that_do_not_fill_holes_never_import_torch(command):
    program = f"""
import sys
sys.argv = ["guardloop", *{command!r}]
from guardloop.__main__ import main
try:
    main()
except SystemExit as stop:
    assert stop.code in (0, None), stop.code
heavy = sorted({{name.split(".")[0] for name in sys.modules}} & {HEAVY!r})
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_a_target_with_packages_of_our_names_is_not_imported(tmp_path):
    for package in ("metrics", "engine", "guardloop"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise SystemExit('the target was imported')\n")
    done = subprocess.run(
        [sys.executable, "-m", "guardloop", "--version"], capture_output=True, text=True, cwd=tmp_path
    )
    # `-m` itself resolves the package before any of our code runs: only the console script can be safe in such a tree.
    script = Path(sys.executable).with_name("guardloop")
    done = subprocess.run([str(script), "score", ".", "--format", "json"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "the target was imported" not in done.stderr + done.stdout


@pytest.mark.parametrize("extra", ["nano", "local", "dev"])
def test_an_extra_that_brings_torch_pins_it_itself(extra: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "torch==2.13.0" in project["optional-dependencies"][extra]
