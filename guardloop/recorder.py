"""A pytest plugin that runs in the target's interpreter: which tests run, how each ended, which lines it reached.

The sandbox copies this file into a folder of its own and names it by `-p`. It is read by every Python from 3.8 on,
needs nothing but pytest, and takes a JSON request from the file that `GUARDLOOP_REQUEST` names.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from typing import Any

import pytest

_REQUEST_VARIABLE = "GUARDLOOP_REQUEST"
_CORE_VARIABLE = "COVERAGE_CORE"


def _request() -> Any:
    with open(os.environ[_REQUEST_VARIABLE], encoding="utf-8") as stream:
        return json.load(stream)


class Recorder:
    """Writes one JSON line for each event at once, so that a run that is killed has still said where it was."""

    def __init__(self, request: Any, worker: str) -> None:
        self.request = request
        self.worker = worker
        name = f"events{worker}.jsonl"
        self.events = open(os.path.join(request["out"], name), "w", encoding="utf-8")  # noqa: SIM115
        self.coverage: Any = None

    def write(self, **event: Any) -> None:
        """Append one event."""
        self.events.write(json.dumps(event) + "\n")
        self.events.flush()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: Any, items: Any) -> None:
        """Keep what was asked for; the rest is deselected, as pytest's own options do it."""
        only, without = self.request["only"], set(self.request["without"])
        wanted = None if only is None else set(only)
        keep = [i for i in items if i.nodeid not in without and (wanted is None or i.nodeid in wanted)]
        left_out = [i for i in items if i not in set(keep)]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = keep
        if not self.worker:
            self.write(event="collected", tests=[i.nodeid for i in keep])

    def pytest_collectreport(self, report: Any) -> None:
        """A file that cannot be collected holds tests that did not run."""
        if report.failed:
            self.write(event="uncollected", test=report.nodeid, line=_last_line(report))

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        """Where a test that hangs is found."""
        self.write(event="start", test=nodeid)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: Any, nextitem: Any) -> Any:
        """Lines reached from here on count for this test."""
        if self.coverage is not None:
            self.coverage.switch_context(item.nodeid)
        yield
        if self.coverage is not None:
            self.coverage.switch_context("")

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Setup, call and teardown each report; a test passed if none of them says otherwise."""
        state = "xfailed" if hasattr(report, "wasxfail") and report.skipped else report.outcome
        if state == "passed" and report.when != "call":
            return
        line = _last_line(report) if state == "failed" else ""
        seconds = getattr(report, "duration", 0.0)
        self.write(event="outcome", test=report.nodeid, state=state, line=line, seconds=seconds)

    def pytest_sessionfinish(self, session: Any, exitstatus: int) -> None:
        """The last word; without it the run did not end by itself."""
        if self.coverage is not None:
            self.coverage.stop()
            self.save()
        self.write(event="end", status=int(exitstatus))

    def record(self) -> None:
        """Trace from now on. The tracer is guardloop's own, so it must not stay on the path of the tests."""
        folder = self.request["coverage"]
        sys.path.insert(0, folder)
        try:
            import coverage

            compiled = importlib.util.find_spec("coverage.tracer") is not None
        finally:
            sys.path.remove(folder)
        measured = [os.path.join(self.request["root"], path) for path in self.request["measured"]]
        self.coverage = coverage.Coverage(data_file=None, include=measured, config_file=False, messages=False)
        self.coverage.set_option("run:disable_warnings", ["no-ctracer", "couldnt-parse", "no-data-collected"])
        # sys.monitoring, the default on new versions, does not tell which test reached a line.
        os.environ[_CORE_VARIABLE] = "ctrace" if compiled else "pytrace"
        try:
            self.coverage.start()
        finally:
            del os.environ[_CORE_VARIABLE]

    def save(self) -> None:
        """Write which tests reached which lines: tests are numbered, lines that only imports reached are left out."""
        data = self.coverage.get_data()
        numbers: dict[str, int] = {}
        files: dict[str, dict[int, list[int]]] = {}
        for path in sorted(data.measured_files()):
            lines = {}
            for line, tests in data.contexts_by_lineno(path).items():
                reached = sorted(numbers.setdefault(test, len(numbers)) for test in tests if test)
                if reached:
                    lines[line] = reached
            files[os.path.relpath(path, self.request["root"])] = lines
        with open(os.path.join(self.request["out"], f"reached{self.worker}.json"), "w", encoding="utf-8") as stream:
            json.dump({"tests": list(numbers), "files": files}, stream)


def _last_line(report: Any) -> str:
    crash = getattr(getattr(report, "longrepr", None), "reprcrash", None)
    if crash is not None:
        return f"{str(crash.message).splitlines()[0][:200]} ({os.path.basename(crash.path)}:{crash.lineno})"
    lines = [line for line in str(report.longrepr or "").splitlines() if line.strip()]
    errors = [line[1:].strip() for line in lines if line.startswith("E ")]
    return ((errors or lines or [""])[-1])[:200]


@pytest.hookimpl(hookwrapper=True, tryfirst=True)  # a wrapper comes before pytest-cov, which is first of the others
def pytest_load_initial_conftests(early_config: Any, parser: Any, args: Any) -> Any:
    """Before conftest files import the product: start tracing, and keep pytest-cov, which a subset would fail, out."""
    early_config.known_args_namespace.no_cov = True
    request = _request()
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    recorder = Recorder(request, worker)
    if request["coverage"]:
        recorder.record()
    early_config.pluginmanager.register(recorder, f"guardloop-recorder-{worker}")
    yield


def pytest_configure(config: Any) -> None:
    """Stop at the first failure where one is enough."""
    config.option.no_cov = True
    if _request()["stop"]:
        config.option.maxfail = 1
