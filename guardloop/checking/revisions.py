"""The files of a commit, of the index and of the work tree, listed by git without reading what did not change."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from guardloop.errors import RevisionError
from guardloop.git import git, git_bytes, refusal

_REGULAR = (b"100644", b"100755")
_BATCH_HEADER = 3
_USUAL = ("HEAD", "MERGE_HEAD")


@dataclass(frozen=True)
class Listing:
    """The regular files of one side below the root: relative path → the blob it holds, None where only the disk tells.

    Symbolic links and submodules are in no listing.
    """

    blobs: Mapping[bytes, bytes | None]


@dataclass(frozen=True)
class Edit:
    """A commit that leaves one file unlike it is in one of its parents; None where there is no such regular file."""

    commit: str
    before: bytes | None
    after: bytes | None


class Revisions:
    """What git knows of the project at `root`. Raises `RevisionError` where git cannot tell."""

    def __init__(self, root: Path) -> None:
        self.root = root
        if git(root, "rev-parse", "--show-prefix") is None:
            why = refusal(root, "rev-parse", "--show-prefix")
            raise RevisionError(f"{root}: expected a folder of a git repository: {why}; --baseline FILE needs no git")
        self._index = _index_of_hook(root)
        self._commits: dict[str, str] = {}

    def commit(self, revision: str) -> str:
        """The id of the commit that a revision names."""
        found = self._named(revision)
        if not found:
            raise RevisionError(
                f"--against: expected a commit, got {revision!r}, which {self.root} does not know{self._hint()}"
            )
        return found

    def merge_base(self, revision: str) -> str:
        """Where the work tree's branch left that of the revision; the empty tree for HEAD before the first commit."""
        if revision == "HEAD":
            return self.head()
        other = self.commit(revision)
        if not self._named("HEAD"):
            raise RevisionError(
                f"{self.root}: expected a commit to compare with {revision!r}, found none; commit first"
            )
        base = self._common(other)
        if not base:
            raise RevisionError(f"--against: {revision!r} and HEAD have no common ancestor here{self._hint()}")
        return base

    def head(self) -> str:
        """The commit that the index is compared with; the empty tree before the first one."""
        return self._named("HEAD") or self._nothing()

    def _named(self, revision: str) -> str:
        """The commit that a revision names; empty where it names none."""
        if not self._commits:
            # Nearly every check asks for both: one process tells as much as two.
            self._commits = dict(zip(_USUAL, self._usual(), strict=True))
        if revision not in self._commits:
            found = git(self.root, "rev-parse", "--verify", "-q", "--end-of-options", f"{revision}^{{commit}}")
            self._commits[revision] = (found or "").strip()
        return self._commits[revision]

    def knows(self, revision: str) -> bool:
        """Whether a revision names a commit."""
        return bool(self._named(revision))

    def is_ancestor(self, commit: str, of: str) -> bool:
        """Whether a commit is in the history of another one, or is that one."""
        return git(self.root, "merge-base", "--is-ancestor", commit, of) is not None

    def _usual(self) -> list[str]:
        said = git_bytes(self.root, "cat-file", "--batch-check", input=b"HEAD^{commit}\nMERGE_HEAD^{commit}\n") or b""
        found = [line.split() for line in said.decode("utf-8", "surrogateescape").splitlines()]
        if len(found) != len(_USUAL):
            raise self._refused("cat-file", "--batch-check")
        return [fields[0] if fields[1:2] == ["commit"] else "" for fields in found]

    def _common(self, commit: str) -> str:
        """The commit at which this branch left that of another commit; empty where there is none."""
        return (git(self.root, "merge-base", commit, "HEAD") or "").strip()

    def _nothing(self) -> str:
        """What git calls a tree without files: the side before the first commit."""
        said = git_bytes(self.root, "hash-object", "-t", "tree", "--stdin", input=b"")
        if said is None:
            raise self._refused("hash-object", "-t", "tree", "--stdin")
        return said.decode("ascii").strip()

    def tree(self, commit: str) -> Listing:
        """The files of a commit."""
        listed = self._asked("ls-tree", "-r", "-z", commit)
        entries = (entry.partition(b"\t") for entry in listed.split(b"\0") if entry)
        fields = ((*head.split(b" "), path) for head, _, path in entries)
        return Listing({path: blob for mode, _, blob, path in fields if mode in _REGULAR})

    def file_of_head(self, path: bytes) -> bytes | None:
        """The blob of one regular file in HEAD."""
        listed = self._asked("ls-tree", "-z", self.head(), "--", os.fsdecode(path))
        mode, _, blob = listed.partition(b"\t")[0].split(b" ") if listed else (b"", b"", b"")
        return blob if mode in _REGULAR else None

    def edits(self, path: bytes) -> list[Edit]:
        """What the history of HEAD did to one file, newest first; a merge counts once for each of its parents."""
        if not self._named("HEAD"):
            return []
        name = os.fsdecode(path)
        commits = self._asked("rev-list", "--full-history", "HEAD", "--", name)
        command = ("diff-tree", "--stdin", "--root", "-m", "--no-renames", "--no-abbrev", "--raw", "--", name)
        said = git_bytes(self.root, *command, input=commits)
        if said is None:
            raise self._refused("diff-tree")
        return list(_edits(said))

    def index(self) -> Listing:
        """The files that the next commit holds. Raises `RevisionError` while a merge is unresolved."""
        blobs: dict[bytes, bytes | None] = {}
        for mode, blob, stage, path in self._staged():
            if stage != b"0":
                raise RevisionError(
                    f"{path.decode('utf-8', 'backslashreplace')}: expected a resolved merge, found conflicts"
                )
            if mode in _REGULAR:
                blobs[path] = blob
        return Listing(blobs)

    def work_tree(self) -> Listing:
        """The files on disk that git tracks or would track: what it ignores is no part of a change."""
        blobs: dict[bytes, bytes | None] = {
            path: blob for mode, blob, stage, path in self._staged() if mode in _REGULAR and stage == b"0"
        }
        changed = self._asked("diff-files", "-z", "--name-only", "--relative", "--ignore-submodules")
        others = self._asked("ls-files", "-z", "--others", "--exclude-standard")
        for path in {*changed.split(b"\0"), *others.split(b"\0")} - {b""}:
            blobs.pop(path, None)
            if _is_regular(os.fsencode(self.root), path):
                blobs[path] = None
        if not blobs and git(self.root, "check-ignore", "-q", ".") is not None:
            raise RevisionError(
                f"{self.root}: expected a folder that git does not ignore; --baseline FILE needs no git"
            )
        return Listing(blobs)

    def with_merged(self, before: Listing, after: Listing) -> Listing:
        """The side before a change, with what a merge in progress takes over from the other branch.

        That was somebody's change before, and is none of whoever commits the merge. Of a file that both branches
        changed, only a state that is the other branch's own counts as taken over.
        """
        other = self._named("MERGE_HEAD")
        if not other:
            return before
        common = self._common(other) or self._nothing()
        theirs, base = self.tree(other).blobs, self.tree(common).blobs
        merged = dict(before.blobs)
        for path in {*merged, *theirs}:
            # What only the disk tells is None in a listing, so that a missing path needs a value of its own.
            is_theirs = after.blobs.get(path, b"") == theirs.get(path, b"")
            if is_theirs or before.blobs.get(path) == base.get(path):
                merged.pop(path, None)
                merged |= {path: theirs[path]} if path in theirs else {}
        return Listing(merged)

    def contents(self, blobs: Iterable[bytes]) -> dict[bytes, bytes]:
        """The bytes of blobs, all in one question."""
        asked = sorted(set(blobs))
        if not asked:
            return {}
        said = git_bytes(self.root, "cat-file", "--batch", input=b"\n".join(asked) + b"\n")
        if said is None:
            raise self._refused("cat-file", "--batch")
        return dict(_batch(said, asked, self.root))

    def on_disk(self, path: bytes) -> bytes:
        """The bytes of a file of the work tree."""
        full = os.path.join(os.fsencode(self.root), path)
        try:
            with open(full, "rb") as stream:
                return stream.read()
        except OSError as error:
            raise RevisionError(f"{os.fsdecode(full)}: expected a readable file: {error.strerror}") from error

    def _staged(self) -> Iterator[tuple[bytes, bytes, bytes, bytes]]:
        said = git_bytes(self.root, "ls-files", "-s", "-z", index=self._index)
        if said is None:
            raise self._refused("ls-files")
        for entry in said.split(b"\0"):
            if entry:
                head, _, path = entry.partition(b"\t")
                mode, blob, stage = head.split(b" ")
                yield mode, blob, stage, path

    def _asked(self, *arguments: str) -> bytes:
        said = git_bytes(self.root, *arguments)
        if said is None:
            raise self._refused(*arguments)
        return said

    def _refused(self, *arguments: str) -> RevisionError:
        why = refusal(self.root, *arguments)
        return RevisionError(f"{self.root}: git {arguments[0]} refuses to answer: {why}{self._hint()}")

    def _hint(self) -> str:
        shallow = (git(self.root, "rev-parse", "--is-shallow-repository") or "").strip() == "true"
        return "; the clone is shallow: fetch more of its history (git fetch --unshallow)" if shallow else ""


def _index_of_hook(root: Path) -> str | None:
    """The index that a hook of this repository judges: `git commit -a` and `git commit PATH` prepare another one."""
    named = os.environ.get("GIT_INDEX_FILE")
    folder = git(root, "rev-parse", "--absolute-git-dir") if named else None
    if not named or folder is None:
        return None
    full = os.path.realpath(named)
    return full if full.startswith(os.path.realpath(folder.rstrip("\n")) + os.sep) else None


def _batch(said: bytes, asked: list[bytes], root: Path) -> Iterator[tuple[bytes, bytes]]:
    start = 0
    for blob in asked:
        end = said.index(b"\n", start)
        header = said[start:end].split(b" ")
        if len(header) != _BATCH_HEADER or header[1] != b"blob":
            raise RevisionError(f"{root}: git has no content for {blob.decode('ascii', 'replace')}; fetch it first")
        size = int(header[2])
        yield blob, said[end + 1 : end + 1 + size]
        start = end + 1 + size + 1


def _edits(said: bytes) -> Iterator[Edit]:
    commit = ""
    for line in said.splitlines():
        if line.startswith(b":"):
            was_mode, mode, was, now, *_ = line[1:].split()
            yield Edit(commit, was if was_mode in _REGULAR else None, now if mode in _REGULAR else None)
        else:
            commit = line.split()[0].decode("ascii")


def _is_regular(root: bytes, path: bytes) -> bool:
    full = os.path.join(root, path)
    return os.path.isfile(full) and not os.path.islink(full)
