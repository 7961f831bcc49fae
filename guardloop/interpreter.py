"""The interpreter that has the project's dependencies; the project's code runs in it only inside the sandbox."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from guardloop.errors import GuardloopError

_SECONDS = 20
# `sys.path` holds what `.pth` files add: the places of packages that are installed for editing.
_ASK = """\
import json, os, sys, sysconfig
paths = sysconfig.get_paths()
print(json.dumps({
    "executable": sys.executable,
    "version": list(sys.version_info[:3]),
    "cache_tag": sys.implementation.cache_tag or "",
    "prefixes": [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix],
    "packages": [paths["purelib"], paths["platlib"]],
    "searched": [paths["stdlib"], paths["platstdlib"], *sys.path],
}))
"""


@dataclass(frozen=True)
class Interpreter:
    """An interpreter that answered. `visible` are the folders that it cannot run without, or finds packages in."""

    path: Path
    version: tuple[int, int, int]
    cache_tag: str
    packages: tuple[Path, ...]
    visible: tuple[Path, ...]
    origin: str

    @property
    def feature(self) -> tuple[int, int]:
        """Major and minor version: what decides which syntax it reads."""
        return self.version[:2]

    @property
    def is_ours(self) -> bool:
        """Whether it reads the same bytecode, and loads the same extension modules, as the running one."""
        return self.cache_tag == sys.implementation.cache_tag

    def installed(self) -> frozenset[str]:
        """The top-level names that its installed packages take."""
        names = set()
        for folder in self.packages:
            for entry in folder.iterdir() if folder.is_dir() else ():
                names.add(entry.name.split(".", 1)[0])
        return frozenset(names)

    @classmethod
    def find(cls, root: Path, named: str | None = None) -> Interpreter:
        """The named one, else the project's `.venv` or `venv`, else an active environment's, else `python` on PATH.

        Raises `GuardloopError` when the first of these that is there does not run.
        """
        if named is not None:
            path = shutil.which(named) or shutil.which(str(root / named))
            if path is None:
                raise GuardloopError(f"--target-python: expected an interpreter, found no program {named}")
            return cls.ask(Path(path), "--target-python")
        for folder in (".venv", "venv"):
            for program in ("bin/python", "Scripts/python.exe"):
                if (root / folder / program).exists():
                    return cls.ask(root / folder / program, folder)
        active = os.environ.get("VIRTUAL_ENV")
        if active and (Path(active) / "bin" / "python").exists():
            return cls.ask(Path(active) / "bin" / "python", "VIRTUAL_ENV")
        path = shutil.which("python") or shutil.which("python3")
        if path is None:
            raise GuardloopError(
                f"{root}: no interpreter found (.venv, venv, VIRTUAL_ENV, python on PATH); name one by --target-python"
            )
        return cls.ask(Path(path), "PATH")

    @classmethod
    def ask(cls, path: Path, origin: str) -> Interpreter:
        """Start it once, without the project in sight."""
        path = Path(os.path.abspath(path))  # not resolved: a virtual environment is known by the link's own place
        try:
            run = subprocess.run(
                [str(path), "-I", "-c", _ASK], cwd="/", capture_output=True, timeout=_SECONDS, check=True
            )
            answer = json.loads(run.stdout)
            version = tuple(int(part) for part in answer["version"])
            # A launcher (pyenv's shims, for example) is no interpreter and would look for its own files in HOME.
            path = Path(answer["executable"] or path)
        except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
            hint = "name another by --target-python"
            raise GuardloopError(f"{origin}: {path} does not run as a Python interpreter ({error}); {hint}") from error
        packages = tuple(Path(folder) for folder in sorted(set(answer["packages"])))
        seen = [*answer["prefixes"], *answer["packages"], *answer["searched"], *_links(path)]
        visible = tuple(Path(folder) for folder in _outermost(seen) if folder != "/" and os.path.exists(folder))
        return cls(path, (version[0], version[1], version[2]), answer["cache_tag"], packages, visible, origin)


def _links(path: Path) -> list[str]:
    """The folders of every link on the way from the given program to the real one."""
    folders, current = [str(path.parent)], path
    for _ in range(16):
        if not current.is_symlink():
            break
        target = os.readlink(current)
        current = Path(os.path.normpath(current.parent / target))
        folders.append(str(current.parent))
    return [*folders, os.path.dirname(os.path.realpath(path))]


def _outermost(names: list[str]) -> list[str]:
    """Absolute paths, sorted, without those that lie in another one of them."""
    kept: list[str] = []
    for name in sorted({os.path.abspath(name) for name in names if name}):
        if not any(name.startswith(outer + os.sep) for outer in kept):
            kept.append(name)
    return kept
