"""The `parses` gate: every changed file is Python to the target's interpreter, in the encoding that it declares."""

from __future__ import annotations

import json
import re
import threading
import warnings
from collections.abc import Callable, Mapping

from guardloop.errors import GuardloopError
from guardloop.judgement import Candidate, GateResult, Outcome
from metrics.encoding import UndecodableError, encode, encoding_of

Reader = Callable[[Mapping[str, str]], str]
"""Compiles texts in the target's interpreter; the answer is empty, or the first error as `path:line: message`."""

_LONE_NEWLINE = re.compile(r"(?<!\r)\n")
# `catch_warnings` changes the whole process; two gates at once would restore each other's filters.
_one_at_a_time = threading.Lock()


class Parses:
    """`elsewhere` reads texts where the target's version differs from the running one; None where it does not."""

    name = "parses"

    def __init__(self, elsewhere: Reader | None = None) -> None:
        self._elsewhere = elsewhere

    def check(self, candidate: Candidate) -> GateResult:
        """Compile what changed, here or in the target's interpreter."""
        texts = {path: candidate.after.texts[path] for path in candidate.changed if path in candidate.after.texts}
        for path, text in texts.items():
            problem = encoding_problem(candidate.before.texts.get(path), text)
            if problem:
                return GateResult(self.name, Outcome.FAILED, f"{path}: {problem}")
        try:
            problem = self._elsewhere(texts) if self._elsewhere and texts else _compiled_here(texts)
        except (GuardloopError, OSError) as error:
            return GateResult(self.name, Outcome.ERRORED, str(error))
        return GateResult(self.name, Outcome.FAILED if problem else Outcome.PASSED, problem)


def encoding_problem(before: str | None, after: str) -> str:
    """Why the text cannot be written as its file was, else empty."""
    if "\0" in after:
        return "holds a null byte"
    try:
        encode(after)
        if before is not None and _declared(before) != _declared(after):
            return f"declares the encoding {_declared(after)}, before {_declared(before)}"
    except (UndecodableError, LookupError) as error:
        return f"cannot be written in the encoding that it declares: {error}"
    if before is not None and "\r\n" in before and not _LONE_NEWLINE.search(before) and _LONE_NEWLINE.search(after):
        return "mixes line ends: before, all were CRLF"
    return ""


def _declared(text: str) -> str:
    return encoding_of(text.encode("utf-8", "surrogatepass"))


def _compiled_here(texts: Mapping[str, str]) -> str:
    for path, text in texts.items():
        try:
            with _one_at_a_time, warnings.catch_warnings():
                # An invalid escape is the linter's to judge, and must not reach our standard error.
                warnings.simplefilter("ignore")
                compile(text, path, "exec", dont_inherit=True)
        except SyntaxError as error:
            return f"{path}:{error.lineno or 1}: {error.msg}"
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            return f"{path}:1: {error or type(error).__name__}"
    return ""


PROGRAM = """\
import json, sys, warnings
warnings.simplefilter("ignore")
for path, text in json.load(open(sys.argv[1], encoding="utf-8")).items():
    try:
        compile(text, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        sys.exit("%s:%s: %s" % (path, error.lineno or 1, error.msg))
    except Exception as error:
        sys.exit("%s:1: %s" % (path, error or type(error).__name__))
"""


def request(texts: Mapping[str, str]) -> str:
    """What `PROGRAM`, in any Python 3, reads from the file that its argument names."""
    return json.dumps(dict(texts))
