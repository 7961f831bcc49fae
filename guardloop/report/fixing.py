"""What `fix` prints: the documented JSON, or a table of what was accepted, what remains and why."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

from engine.protocol import Account, Member
from guardloop.judging import missing
from guardloop.report.escaping import printable
from guardloop.report.plain_json import dumped, is_text
from guardloop.summary import Accepted, Summary

_JSON_KEYS = (
    "id",
    "finding",
    "rule",
    "cost_before",
    "cost_after",
    "files",
    "diff",
    "candidates_tried",
    "seconds",
    "variant",
    "message",
    "names",
    "lost_comments",
)
_SHOWN = 20


@dataclass(frozen=True)
class Finished:
    """A run of `fix` and its expenses. CPU is that of guardloop and of all that it started."""

    summary: Summary
    engine: str
    seed: int
    seconds: float
    cpu_seconds: float
    audit: str | None
    """Where the log is, relative to the root if it lies in it."""
    protection: Sequence[str] = ()
    in_force: Sequence[str] = ()
    """The gates that judged."""
    unparsed: Sequence[str] = ()
    account: Account = field(default_factory=Account)
    """What the run has come to on the engine's side."""


def as_json(run: Finished) -> str:
    """The document of schema 1."""
    summary = run.summary
    document = {
        "schema": 1,
        "verdict": summary.verdict,
        "engine": run.engine,
        "seed": run.seed,
        "costs_before": dict(summary.costs_before),
        "costs_after": dict(summary.costs_after),
        "accepted": [_entry(patch) for patch in summary.accepted],
        "remaining": [
            {"finding": r.finding, "why": r.why, "cost": r.cost, "place": r.place} for r in summary.remaining
        ],
        "rejected_by": dict(summary.tally.rejected_by),
        "unanswered_by": dict(summary.tally.unanswered_by),
        "candidates": summary.tally.candidates,
        "reused": summary.tally.reused,
        "seconds": round(run.seconds, 2),
        "cpu_seconds": round(run.cpu_seconds, 2),
        "audit": run.audit,
        "stopped": summary.stopped,
        "protection": list(run.protection),
        "gates_in_force": list(run.in_force),
        "unparsed": list(run.unparsed),
        "members": [asdict(member) for member in run.account.members],
        "spent": {"requests": run.account.requests, "tokens": run.account.tokens, "usd": round(run.account.usd, 6)},
    }
    return dumped(document)


def _entry(patch: Accepted) -> dict[str, object]:
    told = {key: _plain(getattr(patch, key)) for key in _JSON_KEYS}
    if not is_text(patch.diff):
        # What `git apply` needs is bytes, which JSON cannot hold.
        told["diff_base64"] = b64encode(patch.diff.encode("utf-8", "surrogateescape")).decode("ascii")
    return told


def as_text(run: Finished, *, verbose: bool = False) -> str:
    """The table; `verbose` adds how the members of a consortium fared."""
    return "\n".join(_lines(run, verbose))


def _lines(run: Finished, verbose: bool) -> Iterator[str]:
    summary = run.summary
    yield f"accepted {len(summary.accepted)}"
    yield from (line for patch in summary.accepted for line in _accepted(patch))
    yield f"remaining {len(summary.remaining)}"
    for finding in summary.remaining[:_SHOWN]:
        yield f"  {finding.cost:5d}  {finding.finding.split(':')[0]}  {finding.place}"
        yield f"         {finding.why}"
    if len(summary.remaining) > _SHOWN:
        yield f"  and {len(summary.remaining) - _SHOWN} more (see the audit log or --format json)"
    if summary.stopped:
        yield f"stopped: {summary.stopped}"
    yield from (f"not judged: {line}" for line in run.unparsed)
    yield from (f"lost {member.engine}: {printable(member.lost)}" for member in run.account.members if member.lost)
    if verbose and run.account.members:
        yield f"members: {', '.join(_fared(member) for member in run.account.members)}"
    yield from _figures(run)


def _fared(member: Member) -> str:
    return f"{member.engine} {member.accepted} of {member.judged} accepted, share {member.share:.0%}"


def _accepted(patch: Accepted) -> Iterator[str]:
    names = ", ".join(patch.names.values()) or "no name needed"
    cost = f"{patch.cost_before} → {patch.cost_after}"
    yield f"  {patch.rule}  {cost}  {names}  ({patch.variant}; {', '.join(patch.files)}; {patch.seconds:.1f} s)"
    yield from (f"    lost comment: {printable(comment)}" for comment in patch.lost_comments)


def _figures(run: Finished) -> Iterator[str]:
    tally = run.summary.tally
    rejected = ", ".join(f"{gate} {count}" for gate, count in tally.rejected_by.items() if count)
    unanswered = ", ".join(f"{gate} {count}" for gate, count in tally.unanswered_by.items())
    before, after = run.summary.costs_before, run.summary.costs_after
    costs = ", ".join(f"{rule} {before[rule]} → {after.get(rule, 0)}" for rule in before)
    yield f"rejected by: {rejected or 'none'}" + (f"; could not tell: {unanswered}" if unanswered else "")
    yield f"costs: {costs}"
    absent = missing(run.in_force)
    if run.in_force:
        yield f"gates: {', '.join(run.in_force)}" + (f"; {absent}" if absent else "")
    reused = f" and {tally.reused} known from an earlier run" if tally.reused else ""
    expense = f"{run.seconds:.1f} s, {run.cpu_seconds:.1f} CPU s"
    yield f"{tally.candidates} candidates{reused}, engine {run.engine}, seed {run.seed}, {expense}"
    if run.account.requests:
        money = f", {run.account.usd:.4f} USD" if run.account.usd else ""
        yield f"spent: {run.account.requests} requests, {run.account.tokens} tokens{money}"
    if run.audit:
        yield f"audit log: {run.audit}"


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
