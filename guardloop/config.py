"""What a run is asked to do: the defaults, over them `[tool.guardloop]` of the target, over that the command line."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from guardloop.errors import ConfigError, unknown
from metrics.budget import Budget

TABLE = "tool.guardloop"
_LARGEST = 10**9
"""What no sensible number of seconds or nodes is beyond."""


@dataclass(frozen=True)
class Settings:
    """Every option of every command; a field's name with dashes is its key in the configuration."""

    format: str = "text"
    rule: tuple[str, ...] = ()
    """The rules to measure, and to work on; empty for all."""
    exclude: tuple[str, ...] = ()
    verbose: bool = False
    tests: str | None = None
    """The command that runs the project's tests; found from the project when not given."""
    target_python: Path | None = None
    """The interpreter that has the project's dependencies; found from the project when not given."""
    engine: str = "nano"
    candidates: int = 8
    seconds: float = 600.0
    seed: int = 0
    diff: bool = False
    audit: Path | None = None
    max_accepted: int | None = None
    jobs: int = 2
    """How many of the dear gates may run beside each other."""
    allow_dirty: bool = False
    trend: int = 0
    """How many commits of the history `score` measures as well; 0 for none."""
    against: str | None = None
    """The revision that `check` compares with; HEAD when not given."""
    staged: bool = False
    """Whether `check` judges what is staged."""
    baseline: Path | None = None
    """Where `baseline` writes what the tree costs, for `check` to compare with."""
    ratchet: tuple[str, ...] = ()
    """The rules whose cost in the whole tree may not rise over that in the baseline."""
    allow_suppressions: bool = False
    """Whether a comment that allows a finding holds in the change that adds it."""
    budgets: Mapping[str, Budget] = field(default_factory=dict)

    def overridden(self, **options: Any) -> Settings:
        """The settings with the options that were given; `None` stands for one that was not.

        `exclude` adds to what is configured, every other option replaces it.
        """
        given = {name: value for name, value in options.items() if value is not None and value != ()}
        exclude = (*self.exclude, *given.pop("exclude", ()))
        return replace(self, exclude=exclude, **given)


def load(root: Path, config: Path | None = None) -> Settings:
    """Read the settings of a target: from `config`, else from the `pyproject.toml` at its root, which may be missing.

    Raises `ConfigError` for a file that is not TOML, an unknown key, or a value of the wrong type.
    """
    path = config if config is not None else root / "pyproject.toml"
    if config is None and not path.is_file():
        return Settings()
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: expected a readable file, got: {error.strerror}") from error
    return parse(data, str(path), path.parent.absolute(), required=config is not None)


def parse(data: bytes, place: str, folder: Path, *, required: bool = False) -> Settings:
    """Read settings from the bytes of a file, which messages call `place`; its paths are relative to `folder`.

    Raises as `load` does, and for a file without our table if one is `required`.
    """
    return of_table(_table(data, place, required=required), place, folder)


def of_table(table: Mapping[str, Any], place: str, folder: Path) -> Settings:
    """Settings by their keys. Raises `ConfigError` for an unknown key, or a value of the wrong type."""
    return Settings(**{key.replace("-", "_"): _value(place, folder, key, value) for key, value in table.items()})


def check_rules(where: str, rules: tuple[str, ...], known: tuple[str, ...]) -> None:
    """Raise `ConfigError` for a rule that does not exist."""
    for rule in rules:
        if rule not in known:
            raise ConfigError(unknown(where, rule, known))


def _table(data: bytes, place: str, *, required: bool) -> dict[str, Any]:
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{place}: expected TOML, got: {error}") from error
    table: Any = document
    for name in TABLE.split("."):
        table = table.get(name, {}) if isinstance(table, dict) else {}
    if not isinstance(table, dict):
        raise ConfigError(f"{place}: {TABLE}: expected a table, got {table!r}")
    if required and not table:
        raise ConfigError(f"{place}: expected a table [{TABLE}], got none")
    return table


def _value(place: str, folder: Path, key: str, value: Any) -> Any:
    if key not in _READERS:
        raise ConfigError(unknown(f"{place}: {TABLE}", key, _READERS))
    try:
        return _READERS[key](folder, value)
    except ValueError as error:
        raise ConfigError(f"{place}: {TABLE}.{key}: {error}") from error
    except _WrongEntryError as error:
        raise ConfigError(f"{place}: {TABLE}.{error}") from error


class _WrongEntryError(Exception):
    """What is wrong below a key, its name included."""


def _text(folder: Path, value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ValueError(f"expected a text, got {value!r}")
    return value


def _texts(folder: Path, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"expected a list of texts, got {value!r}")
    return tuple(value)


def _rules(key: str) -> Callable[[Path, Any], tuple[str, ...]]:
    def read(folder: Path, value: Any) -> tuple[str, ...]:
        from metrics.scorers import SCORERS

        rules = _texts(folder, value)
        try:
            check_rules(key, rules, tuple(SCORERS))
        except ConfigError as error:
            raise _WrongEntryError(str(error)) from error
        return rules

    return read


def _format(folder: Path, value: Any) -> str:
    if value not in ("text", "json"):
        raise ValueError(f"expected 'text' or 'json', got {value!r}")
    return str(value)


def _file(folder: Path, value: Any) -> Path:
    """A path, relative to the folder of the configuration; `~` is the user's home."""
    try:
        return folder / Path(_text(folder, value)).expanduser()
    except RuntimeError as error:
        raise ValueError(f"expected a path, got {value!r}: nobody of that name has a home here") from error


def _flag(folder: Path, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, got {value!r}")
    return value


def _whole(least: int, noun: str) -> Callable[[Path, Any], int]:
    def read(folder: Path, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(f"expected {noun}, got {value!r}")
        return value

    return read


def _is_number(value: Any) -> bool:
    """Whether it is a number to reckon with, neither endless nor near to it."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _seconds(folder: Path, value: Any) -> float:
    if not _is_number(value) or value <= 0:
        raise ValueError(f"expected a positive number, got {value!r}")
    return float(value)


def _budgets(folder: Path, value: Any) -> dict[str, Budget]:
    from metrics.scorers import SCORERS

    if not isinstance(value, dict):
        raise ValueError(f"expected a table of rules, got {value!r}")
    for rule in value:
        if rule not in SCORERS:
            raise _WrongEntryError(unknown("budgets", rule, SCORERS))
    return {rule: _budget(rule, given) for rule, given in value.items()}


def _budget(rule: str, value: Any) -> Budget:
    numbers = value if isinstance(value, list) else [value]
    if len(numbers) not in (1, 2) or not all(map(_is_number, numbers)):
        raise _WrongEntryError(f"budgets.{rule}: expected BASE or [BASE, PER-LINE], got {value!r}")
    if not isinstance(numbers[0], int) or min(numbers) < 0:
        raise _WrongEntryError(f"budgets.{rule}: expected a whole BASE and none below 0, got {value!r}")
    return Budget(numbers[0], *map(float, numbers[1:]))


def _engine(folder: Path, value: Any) -> str:
    from engine.registry import reaches_out

    spec = _text(folder, value)
    if reaches_out(spec):
        # Whoever runs guardloop on foreign code must not thereby run its programs or send the code somewhere.
        raise ValueError(f"expected an engine that runs no program and asks no server, got {value!r}; use --engine")
    return spec


_READERS: Mapping[str, Callable[[Path, Any], Any]] = {
    "format": _format,
    "rule": _rules("rule"),
    "exclude": _texts,
    "verbose": _flag,
    "tests": _text,
    "target-python": _file,
    "engine": _engine,
    "candidates": _whole(1, "a positive integer"),
    "seconds": _seconds,
    "seed": _whole(0, "an integer of at least 0"),
    "diff": _flag,
    "audit": _file,
    "max-accepted": _whole(1, "a positive integer"),
    "jobs": _whole(1, "a positive integer"),
    "allow-dirty": _flag,
    "trend": _whole(0, "an integer of at least 0"),
    "against": _text,
    "staged": _flag,
    "baseline": _file,
    "ratchet": _rules("ratchet"),
    "allow-suppressions": _flag,
    "budgets": _budgets,
}


def keys() -> tuple[str, ...]:
    """All keys of the table, as they are written."""
    return tuple(key_of(f.name) for f in fields(Settings))


def key_of(name: str) -> str:
    """The key of a setting, as it is written."""
    return name.replace("_", "-")
