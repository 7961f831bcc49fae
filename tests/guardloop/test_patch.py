from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardloop.patch import diff

LINES = st.lists(
    st.sampled_from([b"a\n", b"b\r\n", b"c\x0c\n", b"\n", b"caf\xc3\xa9\n", b"\xe9\n", b"x\ry\n", b"-- \n"]),
    max_size=12,
)
CONTENT = st.builds(lambda lines, last: b"".join(lines) + last, LINES, st.sampled_from([b"", b"end", b"\xff"]))


def applied(folder: Path, before: dict[str, bytes], patch: str) -> dict[str, bytes]:
    for path, data in before.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    subprocess.run(
        ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "-"],
        cwd=folder,
        input=patch.encode("utf-8", "surrogateescape"),
        check=True,
    )
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@settings(max_examples=40, derandomize=True)
@given(before=CONTENT, after=CONTENT)
def test_git_apply_gives_exactly_the_new_bytes(
    tmp_path_factory: pytest.TempPathFactory, before: bytes, after: bytes
) -> None:
    patch = diff({"pkg/a b.py": before}, {"pkg/a b.py": after})
    if before == after:
        assert patch == ""
    else:
        folder = tmp_path_factory.mktemp("apply")
        assert applied(folder, {"pkg/a b.py": before}, patch) == {"pkg/a b.py": after}


def test_a_new_file_and_a_prefix_apply_at_the_top_of_the_repository(tmp_path: Path) -> None:
    before = {"a.py": b"x = 1\n"}
    after = {"a.py": b"from b import x\n", "b.py": b"x = 1"}
    patch = diff(before, after, "sub/project/")
    assert applied(tmp_path, {"sub/project/a.py": before["a.py"]}, patch) == {
        "sub/project/a.py": after["a.py"],
        "sub/project/b.py": after["b.py"],
    }


def test_a_byte_order_mark_stays_in_the_context(tmp_path: Path) -> None:
    before, after = b"\xef\xbb\xbfx = 1\ny = 2\n", b"\xef\xbb\xbfx = 1\ny = 3\n"
    assert applied(tmp_path, {"a.py": before}, diff({"a.py": before}, {"a.py": after})) == {"a.py": after}
