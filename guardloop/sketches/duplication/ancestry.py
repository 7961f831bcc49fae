"""What a class of the standard library hands down: the names that its instances have, private ones among them."""

from __future__ import annotations

import dis
import importlib
import importlib.util
import sys
import sysconfig
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import CodeType, ModuleType

# Importing these opens a window, prints something or runs tests.
_BUSY = frozenset(["antigravity", "idlelib", "test", "this", "turtledemo"])


@lru_cache(maxsize=1024)
def handed_down(dotted: str) -> frozenset[str] | None:
    """The names on instances of the class of this dotted name, a builtin's without a dot.

    None for what is no class of the standard library: nothing else is imported.
    """
    name, _, member = dotted.rpartition(".")
    found = getattr(_module(name or "builtins"), member, None)
    if not isinstance(found, type):
        return None
    codes = [code for ancestor in found.__mro__ for value in vars(ancestor).values() for code in _codes(value)]
    assigned = {
        str(step.argval) for code in codes for step in dis.get_instructions(code) if step.opname == "STORE_ATTR"
    }
    return frozenset(dir(found)) | assigned


def _module(name: str) -> ModuleType | None:
    top = name.partition(".")[0]
    if top not in sys.stdlib_module_names or top in _BUSY:
        return None
    try:
        return importlib.import_module(name) if _is_own(top) else None
    except Exception:
        # A module of another platform, or one that this interpreter was built without.
        return None


def _is_own(top: str) -> bool:
    """Whether the interpreter's module is meant, and not another one of that name."""
    spec = importlib.util.find_spec(top)
    if spec is None or spec.origin in (None, "built-in", "frozen"):
        return spec is not None
    folders = [Path(sysconfig.get_path(key)).resolve() for key in ("stdlib", "platstdlib")]
    origin = Path(str(spec.origin)).resolve()
    return "site-packages" not in origin.parts and any(origin.is_relative_to(folder) for folder in folders)


def _codes(value: object) -> Iterator[CodeType]:
    """The code of a method, a class method or a property."""
    for one in (value, getattr(value, "__func__", None), getattr(value, "fget", None), getattr(value, "fset", None)):
        code = getattr(one, "__code__", None)
        if isinstance(code, CodeType):
            yield code
