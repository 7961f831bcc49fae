from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ("guardloop", "metrics", "engine", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What others install guardloop from: the files of this checkout as they are here, committed or not."""
    copy = tmp_path_factory.mktemp("guardloop")
    command = ["git", "ls-files", "-z", "-co", "--exclude-standard", "--", *SOURCES]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, os.fsdecode(listed).split("\0")):
        # The weights are for another engine, and twenty times the size of the rest.
        if (ROOT / name).is_file() and not name.startswith("engine/weights/"):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    return copy


@pytest.fixture(scope="session")
def shown() -> Callable[[str], str]:
    """The text of a file that users are shown, as README has it."""
    return lambda name: (ROOT / "examples" / "places" / name).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def pip_cache() -> dict[str, str]:
    """What lets pip use this user's downloads under another home, and compile only what is imported."""
    cache = os.environ.get("PIP_CACHE_DIR") or str(Path.home() / ".cache" / "pip")
    return {"PIP_CACHE_DIR": cache, "PIP_NO_COMPILE": "1"}
