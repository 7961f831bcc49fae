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
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from metrics.facts import UnparsableError, parse
from metrics.rows import rows_of
from metrics.scorer import Finding, Score, Site
from metrics.source import SourceTree, print_of

MARK = "guardloop:"
"""What the text of every such comment holds."""
_COMMENT = re.compile(r"(?:^|\s)#\s*guardloop:\s*allow\[([^\]]*)\]\s*(.*)")
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
    symbol: str = ""
    """The function or class that it stands in, or at the head of."""
    code: str = ""
    """What is written in the statement that it is about."""
    whole: str = ""
    """At the head of a function or class, the digest of what is written in all of that."""
    around: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    """What is written in the statements of the function or class that it stands in."""

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
    """Every comment of these files that allows a rule."""
    marked = (path for path in sorted(texts) if MARK in texts[path])
    return [replace(one, path=path) for path in marked for one in _allowances(texts[path])]


def allowances_in(tree: SourceTree) -> list[Allowance]:
    """Every comment of a tree that allows a rule."""
    return allowances_of(tree.read(tree.holding(MARK)))


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
    """The comments with a reason that a change adds. One that is still about its function or statement, or moves with
    its code, is not new; one that is put to other code or covers more is.
    """
    left = sorted(before)
    new = {one for one in after if one.reason}
    for is_same in (_stays, _is_edited, _is_same_code):
        for one in sorted(new):
            alike = (old for old in left if (old.rule, old.reason) == (one.rule, one.reason))
            kept = next((old for old in alike if is_same(old, one)), None)
            if kept is not None:
                left.remove(kept)
                new.discard(one)
    return frozenset(new)


def _stays(old: Allowance, new: Allowance) -> bool:
    """Whether it is about the same function or class, whatever becomes of that, or the same statement in it."""
    is_in_place = (old.path, old.symbol) == (new.path, new.symbol)
    return is_in_place and (bool(old.whole and new.whole) or _is_same_code(old, new))


def _is_edited(old: Allowance, new: Allowance) -> bool:
    """Whether its statement is another one where it stood: that is gone there, and what it is about now is new."""
    is_in_place = (old.path, old.symbol, old.whole, new.whole) == (new.path, new.symbol, "", "")
    return is_in_place and old.code not in new.around and new.code not in old.around


def _is_same_code(old: Allowance, new: Allowance) -> bool:
    """Whether it covers what it covered, wherever that is now."""
    return (old.code, old.whole) == (new.code, new.whole)


class _Span(NamedTuple):
    """A statement: the first and last line of its head, the last line that a comment there covers, and what it is."""

    first: int
    head: int
    last: int
    symbol: str = ""
    code: str = ""
    is_scope: bool = False


@lru_cache(maxsize=1024)
def _allowances(text: str) -> tuple[Allowance, ...]:
    """The comments of one file, without its path."""
    try:
        comments = [token for token in _comments(text) if _COMMENT.search(token.string)]
        spans = _spans(text) if comments else []
    except (tokenize.TokenError, SyntaxError, UnparsableError, RecursionError):
        # Reported as unparsable by who measures the tree.
        return ()
    return tuple(allowance for comment in comments for allowance in _read(comment, spans))


def _comments(text: str) -> Iterator[tokenize.TokenInfo]:
    return (t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type == tokenize.COMMENT)


def _read(comment: tokenize.TokenInfo, spans: list[_Span]) -> Iterator[Allowance]:
    match = _COMMENT.search(comment.string)
    line = comment.start[0]
    is_alone = not comment.line[: comment.start[1]].strip()
    is_above = is_alone and not any(span.first < line <= span.head for span in spans)
    target = min((span.first for span in spans if span.first > line), default=line) if is_above else line
    about = [span for span in spans if span.first <= target <= span.head]
    span = min(about, key=lambda span: span.last - span.first, default=_Span(line, line, line))
    inside = [one.code for one in spans if span.first <= one.first <= span.last] if span.is_scope else []
    whole = print_of("\n".join(inside)) if inside else ""
    around = frozenset(one.code for one in spans if one.symbol == span.symbol)
    if match is not None:
        covers = span.first, span.last, span.symbol, span.code, whole, around
        for rule in match[1].split(","):
            yield Allowance("", line, rule.strip(), match[2].strip(), *covers)


def _spans(text: str) -> list[_Span]:
    scopes = list(_scopes(parse(text).tree, ""))
    heads = {first: last for first, last, _ in scopes}

    def symbol(line: int) -> str:
        around = [(last - first, name) for first, last, name in scopes if first <= line <= last]
        return min(around, default=(0, ""))[1]

    return [
        _Span(
            row.line,
            row.end_line,
            heads.get(row.line, row.end_line),
            symbol(row.line),
            row.key,
            row.line in heads,
        )
        for row in rows_of(text)
    ]


def _scopes(node: ast.AST, prefix: str) -> Iterator[tuple[int, int, str]]:
    """First line, last line and name of every function and class."""
    for child in ast.iter_child_nodes(node):
        name = prefix
        if isinstance(child, _SCOPES):
            name = f"{prefix}.{child.name}" if prefix else child.name
            first = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
            yield first, child.end_lineno or first, name
        yield from _scopes(child, name)
