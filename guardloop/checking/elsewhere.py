"""What a change does to code that is not judged: what it moves there is not gone, and earns nothing."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass

from guardloop.checking.revisions import Listing, Revisions
from guardloop.git import shown
from metrics.encoding import UndecodableError, decode


@dataclass(frozen=True)
class Elsewhere:
    """Both sides of a change, and the paths that are judged on either one."""

    revisions: Revisions
    before: Listing
    after: Listing
    judged: Collection[bytes]

    def files(self) -> Iterator[tuple[str, str, str]]:
        """Each file that the change writes or leads to and that is not judged: its path, and its text on both sides."""
        was, now = self.before.blobs, self.after.blobs
        written = [
            path
            for path, blob in now.items()
            if path.endswith(b".py") and path not in self.judged and (blob is None or was.get(path) != blob)
        ]
        blobs = {blob for path in written for blob in (was.get(path), now[path]) if blob is not None}
        held = self.revisions.contents(blobs)
        for path in sorted(written):
            old, new = (held[blob] if (blob := side.get(path)) is not None else b"" for side in (was, now))
            yield shown(path), _text(old), _text(new if now[path] is not None else self.revisions.on_disk(path))
        yield from self._led_to()

    def _led_to(self) -> Iterator[tuple[str, str, str]]:
        """What symbolic links stand for that take the places of judged files, where it is not judged itself."""
        root = os.path.realpath(os.fsencode(self.revisions.root))
        for path in sorted({*self.judged} - self.after.blobs.keys()):
            link = os.path.join(root, path)
            to = os.path.realpath(link)
            if os.path.islink(link) and os.path.isfile(to) and os.path.relpath(to, root) not in self.judged:
                with suppress(PermissionError), open(to, "rb") as stream:
                    yield shown(path), "", _text(stream.read())


def _text(data: bytes) -> str:
    try:
        return decode(data)
    except UndecodableError:
        return ""
