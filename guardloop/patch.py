"""A change as a diff that `git apply` takes, byte for byte: any line ending, any encoding, a missing last newline."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import unified_diff

_NO_NEWLINE = "\\ No newline at end of file\n"


def diff(before: Mapping[str, bytes], after: Mapping[str, bytes], prefix: str = "") -> str:
    """The unified diff of two sets of files, by path; a path that only `after` has is a new file.

    `prefix` (empty, or ending with `/`) goes before each path: where the paths' root lies in the repository. Bytes
    that are not UTF-8 become surrogates, so that `encode("utf-8", "surrogateescape")` of the diff is exact.
    """
    return "".join(
        _file(prefix + path, before.get(path), after[path]) for path in sorted(after) if before.get(path) != after[path]
    )


def _file(path: str, before: bytes | None, after: bytes) -> str:
    # Names with spaces need the tab, or git and patch would read on.
    end = "\t\n" if " " in path else "\n"
    head = f"diff --git a/{path} b/{path}\n"
    source = f"a/{path}{end}"
    if before is None:
        head += "new file mode 100644\n"
        source = "/dev/null\n"
    if not after and before is None:
        return head
    body = unified_diff(_lines(before or b""), _lines(after))
    next(body)
    next(body)
    hunks = (line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}" for line in body)
    return f"{head}--- {source}+++ b/{path}{end}" + "".join(hunks)


def _lines(data: bytes) -> list[str]:
    """Lines as git counts them: only a line feed ends one, never a form feed or a lone carriage return."""
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
