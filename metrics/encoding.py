"""Between the bytes of a Python file and its text: byte-order marks, PEP 263 cookies, line endings kept as they are."""

from __future__ import annotations

import codecs
import re
import tokenize

_LINE_END = re.compile(rb"\r\n?|\n")
_DECLARING = 2
"""How many lines may declare an encoding."""
_COOKIE = b"coding"


class UndecodableError(Exception):
    """Bytes that no declared encoding explains; `line` is 1-based."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def encoding_of(data: bytes) -> str:
    """The encoding that Python would read these bytes with; `utf-8-sig` where they begin with a byte-order mark."""
    lines = iter(_declaring(data))
    try:
        return tokenize.detect_encoding(lambda: next(lines) + b"\n")[0]
    except SyntaxError as error:
        raise UndecodableError(str(error)) from error


def _declaring(data: bytes) -> list[bytes]:
    return _LINE_END.split(data, _DECLARING)[:_DECLARING]


def decode(data: bytes) -> str:
    """The text of a source file, without a byte-order mark; raises `UndecodableError`."""
    # Most files are ASCII and declare nothing; of others the bytes may look so and mean something else.
    if data.isascii() and not any(_COOKIE in line for line in _declaring(data)):
        return data.decode("ascii")
    encoding = encoding_of(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        message = f"not {encoding}: byte 0x{data[error.start]:02x}, {error.reason}"
        raise UndecodableError(message, data.count(b"\n", 0, error.start) + 1) from error
    except (UnicodeError, LookupError) as error:
        # Cookies can name codecs that are no encodings of text, or that fail in ways of their own.
        raise UndecodableError(f"not {encoding}: {error}") from error


def encode(text: str, original: bytes = b"") -> bytes:
    """The bytes for a text, in the encoding that it declares; a byte-order mark is kept where `original` has one."""
    mark = codecs.BOM_UTF8 if original.startswith(codecs.BOM_UTF8) else b""
    try:
        declared = encoding_of(text.encode("utf-8", "surrogatepass"))
        return mark + text.encode(declared)
    except (UnicodeError, LookupError, UndecodableError) as error:
        raise UndecodableError(str(error)) from error
