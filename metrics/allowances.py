"""Comments that accept a finding: `# guardloop: allow[rule, …] reason`.

A comment covers the statement on its line, or else the one below it; at the head of a function or class it covers all
of that. A finding one of whose sites is covered is accepted as it stands. A comment without a reason accepts nothing.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from metrics.facts import UnparsableError, parse
from metrics.rows import rows_of
from metrics.scorer import Finding, Score, Site

_MARK = "guardloop:"
_COMMENT = re.compile(r"#\s*guardloop:\s*allow\[([^\]]*)\]\s*(.*)")
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, order=True)
class Allowance:
    """One rule that one comment allows, and the lines that it covers (1-based, inclusive)."""

    path: str
    line: int
    rule: str
    reason: str
    first: int
    last: int

    def covers(self, site: Site) -> bool:
        """Whether a site begins in what the comment covers."""
        return site.path == self.path and self.first <= site.line <= self.last


@dataclass(frozen=True)
class Suppression:
    """What the comments of a tree do to its findings."""

    findings: tuple[Finding, ...] = ()
    """Those that are accepted, with the cost that they would have."""
    allowances: tuple[Allowance, ...] = ()
    """Those in force."""
    stale: tuple[Allowance, ...] = ()
    """Those in force that cover no finding of a measured rule."""
    void: tuple[Allowance, ...] = ()
    """Those without a reason, or for a rule that does not exist: they accept nothing."""

    def allows(self, rule: str, site: Site) -> bool:
        """Whether a comment in force covers the site."""
        return any(one.rule == rule and one.covers(site) for one in self.allowances)


def allowances_of(texts: Mapping[str, str]) -> list[Allowance]:
    """Every comment of a tree that allows a rule."""
    marked = (path for path in sorted(texts) if _MARK in texts[path])
    return [replace(one, path=path) for path in marked for one in _allowances(texts[path])]


def suppressed(
    scores: Mapping[str, Score], found: Iterable[Allowance], rules: Collection[str]
) -> tuple[dict[str, Score], Suppression]:
    """The scores without what is accepted, and what the comments did. `rules` are all that exist."""
    allowances = sorted(found)
    valid = [one for one in allowances if one.reason and one.rule in rules]
    void = [one for one in allowances if one not in valid]
    used: set[Allowance] = set()
    accepted: list[Finding] = []
    kept: dict[str, Score] = {}
    for rule, score in scores.items():
        own = [one for one in valid if one.rule == rule]
        by_finding = [(finding, [a for a in own if any(map(a.covers, finding.sites))]) for finding in score.findings]
        used.update(allowance for _, covering in by_finding for allowance in covering)
        accepted += [finding for finding, covering in by_finding if covering]
        kept[rule] = replace(score, findings=tuple(finding for finding, covering in by_finding if not covering))
    stale = tuple(one for one in valid if one.rule in scores and one not in used)
    return kept, Suppression(tuple(accepted), tuple(valid), stale, tuple(void))


def added(before: Iterable[Allowance], after: Iterable[Allowance]) -> frozenset[Allowance]:
    """The comments with a reason that a change adds; one that moves with its code stays what it was."""
    left = sorted(before)
    new = {one for one in after if one.reason}
    for same_file in (True, False):
        for one in sorted(new):
            kept = next((old for old in left if _is_same(old, one) and (old.path == one.path or not same_file)), None)
            if kept is not None:
                left.remove(kept)
                new.discard(one)
    return frozenset(new)


def _is_same(one: Allowance, other: Allowance) -> bool:
    return (one.rule, one.reason) == (other.rule, other.reason)


@lru_cache(maxsize=1024)
def _allowances(text: str) -> tuple[Allowance, ...]:
    """The comments of one file, without its path."""
    try:
        comments = [token for token in _comments(text) if _COMMENT.match(token.string)]
        spans = list(_spans(text)) if comments else []
    except (tokenize.TokenError, SyntaxError, UnparsableError):
        # Reported as unparsable by who measures the tree.
        return ()
    return tuple(allowance for comment in comments for allowance in _read(comment, spans))


def _comments(text: str) -> Iterator[tokenize.TokenInfo]:
    return (t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type == tokenize.COMMENT)


def _read(comment: tokenize.TokenInfo, spans: list[tuple[int, int, int]]) -> Iterator[Allowance]:
    match = _COMMENT.match(comment.string)
    line = comment.start[0]
    is_alone = not comment.line[: comment.start[1]].strip()
    is_above = is_alone and not any(first < line <= head for first, head, _ in spans)
    target = min((first for first, _, _ in spans if first > line), default=line) if is_above else line
    covered = [(first, last) for first, head, last in spans if first <= target <= head]
    first, last = min(covered, key=lambda span: span[1] - span[0], default=(line, line))
    if match is not None:
        for rule in match[1].split(","):
            yield Allowance("", line, rule.strip(), match[2].strip(), first, last)


def _spans(text: str) -> Iterator[tuple[int, int, int]]:
    """For each statement: its first line, the last line of its head, and the last line that a comment there covers."""
    scopes = {_first_line(node): node.end_lineno for node in ast.walk(parse(text).tree) if isinstance(node, _SCOPES)}
    for row in rows_of(text):
        yield row.line, row.end_line, scopes.get(row.line) or row.end_line


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
