"""How a project's tests are started."""

from __future__ import annotations

import configparser
import re
import shlex
import tomllib
from dataclasses import dataclass
from pathlib import Path

from guardloop.errors import GuardloopError

_VARIABLE = re.compile(r"[A-Za-z_]\w*=")
_PYTHON = re.compile(r"python(\d(\.\d+)?)?(\.exe)?")
_PYTEST = frozenset({"pytest", "py.test"})
_TEST_FOLDERS = ("tests", "test", "testing")
_TEST_FILES = ("test_*.py", "*_test.py", "tests.py")


@dataclass(frozen=True)
class TestCommand:
    """A command without its interpreter: `argv` follows it where `python_first`, else it begins with a program."""

    __test__ = False

    argv: tuple[str, ...]
    python_first: bool
    variables: tuple[tuple[str, str], ...] = ()
    python: str | None = None
    """The interpreter that the command itself names by path."""
    origin: str = "--tests"

    @property
    def is_pytest(self) -> bool:
        """Whether each test's outcome can be had, by a plugin; other commands answer with their exit code only."""
        return self.python_first and self._module == "pytest"

    @property
    def arguments_at(self) -> int:
        """Where, in the whole command, the arguments of the `-m` module begin."""
        return self.argv.index("-m") + 3

    @property
    def _module(self) -> str:
        flags = list(self.argv[: self.argv.index("-m")]) if "-m" in self.argv else ["none"]
        if not all(flag.startswith("-") for flag in flags):
            return ""
        return next(iter(self.argv[len(flags) + 1 :]), "")

    def with_python(self, python: Path) -> list[str]:
        """The whole command."""
        return [str(python), *self.argv] if self.python_first else list(self.argv)

    @classmethod
    def parse(cls, text: str) -> TestCommand:
        """Read a command line: `NAME=value` first, then `pytest …`, `python -m …` or any program; no shell."""
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise GuardloopError(f"tests: expected a command line, got {text!r} ({error})") from error
        variables = []
        while words and _VARIABLE.match(words[0]):
            name, value = words.pop(0).split("=", 1)
            variables.append((name, value))
        if not words:
            raise GuardloopError(f"tests: expected a command line, got {text!r}; for example `pytest -q tests`")
        name = Path(words[0]).name
        if name in _PYTEST:
            return cls(("-m", "pytest", *words[1:]), True, tuple(variables))
        if _PYTHON.fullmatch(name):
            named = words[0] if "/" in words[0] else None
            return cls(tuple(words[1:]), True, tuple(variables), named)
        return cls(tuple(words), False, tuple(variables))

    @classmethod
    def found(cls, root: Path) -> TestCommand | None:
        """`pytest -q` where the project configures pytest or has tests that it would collect, else None."""
        origin = _pytest_configuration(root) or _tests_in(root)
        return cls(("-m", "pytest", "-q"), True, origin=origin) if origin else None


def _pytest_configuration(root: Path) -> str | None:
    for name in ("pytest.ini", ".pytest.ini", "pytest.toml"):
        if (root / name).is_file():
            return name
    try:
        with open(root / "pyproject.toml", "rb") as stream:
            tool = tomllib.load(stream).get("tool", {})
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        tool = {}
    if isinstance(tool, dict) and "pytest" in tool:
        return "tool.pytest in pyproject.toml"
    for name, section in (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read(root / name, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue
        if parser.has_section(section):
            return f"{section} in {name}"
    return None


def _tests_in(root: Path) -> str | None:
    for folder in _TEST_FOLDERS:
        if (root / folder).is_dir() and any((root / folder).rglob("*.py")):
            return f"the folder {folder}"
    for pattern in _TEST_FILES:
        first = next(iter(sorted(root.glob(pattern))), None) or next(iter(sorted(root.glob(f"*/{pattern}"))), None)
        if first is not None:
            return str(first.relative_to(root))
    return None
