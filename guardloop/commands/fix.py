"""`guardloop fix`: sets the loop up, runs it, and says what came of it."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from engine.protocol import Account, Accountant, Engine, Streamer, Timed
from engine.registry import create
from guardloop import __version__
from guardloop.audit import Audit, rejected_before
from guardloop.errors import AuditError, ConfigError, unknown
from guardloop.guards import ProjectGuards
from guardloop.journal import digest
from guardloop.judging import missing
from guardloop.loop import Loop
from guardloop.measuring import measured, tried
from guardloop.plan import Plan
from guardloop.project import Project
from guardloop.report.fixing import Finished, as_json, as_text
from guardloop.report.progress import Progress, progress
from guardloop.sketches import SKETCHERS
from guardloop.sketches.style import CONFIGURATION, Style
from guardloop.spending import cpu_seconds
from guardloop.summary import Summary, Tally
from guardloop.target import Target
from guardloop.workspace import STATE, Workspace, opened

DONE, REMAINS = 0, 1


def fix(target: Target) -> int:
    """Run the loop on a target and print the answer; the exit code says whether anything remains."""
    for rule in target.settings.rule:
        if rule not in SKETCHERS:
            raise ConfigError(unknown("--rule: no sketches are built for it", rule, SKETCHERS))
    with progress() as told, opened(target, write=not target.settings.diff) as workspace:
        finished = _Run(target, workspace, told, time.monotonic()).finish()
        patch = workspace.diff_since_opened()
    if target.settings.format == "json":
        print(as_json(finished))
    elif target.settings.diff:
        print(as_text(finished, verbose=target.settings.verbose), file=sys.stderr)
        sys.stdout.buffer.write(patch.encode("utf-8", "surrogateescape"))
    else:
        print(as_text(finished, verbose=target.settings.verbose))
    return DONE if finished.summary.verdict == "done" else REMAINS


@dataclass
class _Run:
    target: Target
    workspace: Workspace
    told: Progress
    began: float

    def finish(self) -> Finished:
        tree, settings = self.workspace.tree, self.target.settings
        plan = Plan(SKETCHERS, _style(self.workspace), settings.rule, self.target.named)
        costs = measured(tree)
        if not plan.findings(costs):
            # Nothing to propose: neither the tests nor the model are started.
            return self._finished(Summary((), (), Tally(), costs.costs, costs.costs), None)
        engine = create(settings.engine)
        if settings.verbose and isinstance(engine, Streamer):
            engine.watch(self.told.draft)
        deadline = self.began + settings.seconds
        if isinstance(engine, Timed):
            engine.end_by(deadline)
        python = str(settings.target_python) if settings.target_python else None
        project = Project.discover(self.workspace.root, tests=settings.tests, python=python)
        left = max(1.0, deadline - time.monotonic())
        with ProjectGuards(
            project,
            tree,
            measured=tried,
            exclude=settings.exclude,
            seconds=left,
            deadline=deadline,
            progress=self.told.doing,
        ) as guards:
            self._announce(guards)
            audit, context = self._audit(), _context(project, self.workspace, guards)
            known = rejected_before(self.workspace.root / STATE / "runs", context, audit.path)
            audit.begin(self._header(project, guards, context), self.workspace.changed_since_commit())
            loop = Loop(self.workspace, plan, engine, guards, audit, settings, measured, deadline, known, self.told)
            try:
                finished = self._finished(loop.run(), guards, audit.path, engine)
            except KeyboardInterrupt:
                self.told.note(f"interrupted; {len(loop.accepted)} accepted patches stay; audit log: {audit.path}")
                raise
            try:
                audit.end({"verdict": finished.summary.verdict, "stopped": finished.summary.stopped})
            except AuditError as error:
                self.told.note(str(error))
            return finished

    def _announce(self, guards: ProjectGuards) -> None:
        for note in guards.notes:
            self.told.note(note)
        self.told.note(f"protection: {'; '.join(guards.protection)}")
        names = [gate.name for gate in guards.gates]
        self.told.note(f"gates: {', '.join(names)}; {missing(names)}")

    def _audit(self) -> Audit:
        settings = self.target.settings
        if settings.audit is not None:
            return Audit(settings.audit.absolute())
        return Audit(None) if settings.diff else Audit.in_folder(self.workspace.root / STATE / "runs")

    def _header(self, project: Project, guards: ProjectGuards, context: str) -> dict[str, object]:
        settings = self.target.settings
        return {
            "version": __version__,
            "engine": settings.engine,
            "seed": settings.seed,
            "tree": self.workspace.tree.digest,
            "head": self.workspace.repository.head,
            "dirty": list(self.workspace.dirty_beside()),
            "root": str(self.workspace.root),
            "prefix": self.workspace.prefix,
            "tests": settings.tests,
            "python": str(project.python.path),
            "exclude": list(settings.exclude),
            "rule": list(settings.rule),
            "gates": [gate.name for gate in guards.gates],
            "protection": list(guards.protection),
            "context": context,
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }

    def _finished(
        self,
        summary: Summary,
        guards: ProjectGuards | None,
        audit: Path | None = None,
        engine: Engine | None = None,
    ) -> Finished:
        return Finished(
            summary,
            self.target.settings.engine,
            self.target.settings.seed,
            time.monotonic() - self.began,
            cpu_seconds(),
            _relative(audit, self.workspace.root),
            tuple(guards.protection) if guards else (),
            tuple(gate.name for gate in guards.gates) if guards else (),
            tuple(f"{u.path}:{u.line}: {u.message}" for u in self.workspace.unparsed),
            engine.account() if isinstance(engine, Accountant) else Account(),
        )


def _relative(audit: Path | None, root: Path) -> str | None:
    if audit is None:
        return None
    return audit.relative_to(root).as_posix() if audit.is_relative_to(root) else str(audit)


def _style(workspace: Workspace) -> Style:
    files = {}
    for name in CONFIGURATION:
        try:
            files[name] = (workspace.root / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
    return Style.of(workspace.tree, files)


def _context(project: Project, workspace: Workspace, guards: ProjectGuards) -> str:
    """A digest of what a judgement depends on beside the judged tree: tests, configuration, programs, ourselves."""
    parts = [__version__, str(project.tests), str(project.python), *(gate.name for gate in guards.gates)]
    judged = {workspace.prefix + path for path in workspace.tree.texts}
    for path in project.files:
        if path not in judged:
            try:
                parts += [path, digest((project.top / path).read_bytes())]
            except OSError:
                parts.append(path)
    return digest("\0".join(parts).encode("utf-8", "surrogatepass"))
