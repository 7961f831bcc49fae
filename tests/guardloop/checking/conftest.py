from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from twins import twins

from guardloop.checked import Checked
from guardloop.checking.judge import check
from guardloop.commands.baseline import baseline as run
from guardloop.target import Target


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUARDLOOP_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def loops() -> Callable[..., str]:
    """The text of functions of these names that do the same: the second one costs more than a change may add."""
    return twins


@pytest.fixture
def judged() -> Callable[..., Checked]:
    def judge(root: Path, *paths: str, config: Path | None = None, **options: Any) -> Checked:
        return check(Target.locate([root / path for path in paths or ("",)], config, **options))

    return judge


@pytest.fixture
def baseline() -> Callable[..., str]:
    def write(root: Path, **options: Any) -> str:
        return run(Target.locate([root], None, **options))

    return write
