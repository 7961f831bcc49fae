"""Excerpts as HTML: the sites of a finding side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from guardloop.report.html.excerpt import Excerpt, Line, Token, compared, excerpt
from guardloop.report.html.markup import Markup, element, joined
from metrics.scorer import Finding, Site

_BESIDE = 4
"""Sites shown with their source; the others of a finding are named."""
_COPY = "copy"


def sites(finding: Finding, texts: Mapping[str, str], *, with_source: bool) -> Markup:
    """The sites of a finding: the first few side by side with their source, if it is wanted, the others as a list."""
    places = list(dict.fromkeys(finding.sites))
    shown = [site for site in places if site.path in texts][:_BESIDE] if with_source else []
    excerpts = [excerpt(site, texts[site.path]) for site in shown]
    if finding.rule == "duplication":
        excerpts = compared(excerpts)
    figures = [_figure(one) for one in excerpts]
    beside = element("div", {"class": "sites"}, *figures) if figures else Markup()
    others = [site for site in places if site not in shown]
    return joined((beside, _listed(others, more=bool(shown))))


def _listed(others: Sequence[Site], *, more: bool) -> Markup:
    if not others:
        return Markup()
    items = [element("li", None, *_caption(site)) for site in others]
    label = element("p", {"class": "quiet"}, "Also at") if more else Markup()
    return joined((label, element("ul", {"class": "places"}, *items)))


def _caption(site: Site) -> Iterator[Markup]:
    lines = f"{site.line}" if site.end_line <= site.line else f"{site.line}–{site.end_line}"  # noqa: RUF001
    yield element("span", {"class": "place"}, f"{site.path}:{lines}")
    if site.symbol:
        yield element("span", {"class": "symbol"}, site.symbol.rpartition(":")[2] or site.symbol)
    if site.role != _COPY:
        yield element("span", {"class": "role"}, site.role)


def _figure(shown: Excerpt) -> Markup:
    code = element("code", None, *(_line(line) for line in shown.lines))
    # A region that scrolls has to be reachable by keyboard.
    label = f"{shown.site.path}, lines {shown.site.line} to {shown.site.end_line}"
    pre = element("pre", {"tabindex": "0", "role": "region", "aria-label": label}, code)
    lines = f"{shown.missing} more line{'' if shown.missing == 1 else 's'}"
    rest = element("p", {"class": "quiet"}, lines) if shown.missing else Markup()
    return element("figure", None, element("figcaption", None, *_caption(shown.site)), pre, rest)


def _line(line: Line) -> Markup:
    pieces = [_run(kind, differs, list(run)) for (kind, differs), run in groupby(line.tokens, key=_look)]
    kind = "line context" if line.context else "line"
    return element("span", {"class": kind, "data-line": line.number}, *pieces, "\n")


def _look(token: Token) -> tuple[str, bool]:
    return token.kind, token.differs


def _run(kind: str, differs: bool, tokens: Sequence[Token]) -> str:
    content: str = "".join(token.text for token in tokens)
    if kind:
        content = element("span", {"class": kind}, content)
    return element("mark", None, content) if differs else content
