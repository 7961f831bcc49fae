"""An engine that is any program: it reads a sketch as JSON and writes fills as JSON.

On its standard input it gets what `engine.exchange.request` gives; on its standard output it answers
`{"fills": [{"HOLE": "text", …}, …]}`, best first. What is not legal is left out. Whether the same question gets the
same answer is up to the program. It runs without a sandbox, and is ended with all that it started.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from engine.deadline import Deadline
from engine.exchange import legal_fills, request
from engine.protocol import EngineError, Fill, Sketch

SECONDS = 120.0
"""How long one answer may take."""
_MOST_BYTES = 4_000_000
_LAST_WORDS = 500


class Command:
    """Asks a program once for each sketch."""

    name = "command"

    def __init__(self, command: str, seconds: float = SECONDS) -> None:
        """Raises `EngineError` when the command is empty, badly quoted, or names no program."""
        self._seconds, self._deadline = seconds, Deadline(self.name)
        try:
            self._words = shlex.split(command)
        except ValueError as error:
            raise EngineError(f"engine command: expected a command line, got {command!r}: {error}") from error
        if not self._words:
            raise EngineError("engine command: expected command:PROGRAM, got no program")
        if shutil.which(self._words[0]) is None:
            raise EngineError(f"engine command: expected a program, found none called {self._words[0]!r}")

    def end_by(self, deadline: float) -> None:
        """End the program by then."""
        self._deadline.at = deadline

    def fill(self, sketch: Sketch, *, candidates: int, seed: int) -> Iterator[Fill]:
        """Yield the legal fills of the program's answer, in its order."""
        if candidates < 1:
            return
        answers = self._answers(json.dumps(request(sketch, candidates=candidates, seed=seed)))
        yield from legal_fills(sketch, answers, engine=self.name, seed=seed, candidates=candidates)

    def _answers(self, question: str) -> list[Mapping[str, Any]]:
        said = self._said(question)
        try:
            answer = json.loads(said)
            fills = answer["fills"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise self._error(f'expected {{"fills": [...]}} as JSON, got {said[:80]!r}') from error
        if not isinstance(fills, list) or not all(isinstance(fill, dict) for fill in fills):
            raise self._error("expected a list of objects under fills")
        return fills

    def _said(self, question: str) -> str:
        seconds = min(self._seconds, self._deadline.left())
        process = self._started()
        try:
            out, err = process.communicate(question, timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise self._error(f"expected an answer within {seconds:.3g} seconds, got none") from error
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.returncode:
            raise self._error(f"expected exit status 0, got {process.returncode}: {err.strip()[-_LAST_WORDS:]}")
        if len(out) > _MOST_BYTES:
            raise self._error(f"expected at most {_MOST_BYTES} characters, got {len(out)}")
        return out

    def _started(self) -> subprocess.Popen[str]:
        try:
            return subprocess.Popen(
                self._words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise self._error(f"expected a program that can be run, found {error}") from error

    def _error(self, what: str) -> EngineError:
        return EngineError(f"engine command: {shlex.join(self._words)}: {what}")
