"""The report of a repository: one file that needs no network and, but for the search, no script.

What the judged code says is escaped where markup is made, and the page's own policy lets only its own style and script
run: even markup that slipped through could load and do nothing.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib.resources import files

from guardloop import __version__
from guardloop.documentation import documentation
from guardloop.report.allowing import remarks
from guardloop.report.html.listing import Listing
from guardloop.report.html.markup import Markup, element
from guardloop.report.html.overview import Overview
from guardloop.report.html.prose import paragraphs
from guardloop.report.html.view import View, views
from guardloop.scored import Scored
from guardloop.trend import Point
from metrics.allowances import Suppression

_NAMED = 20
"""Files that were not judged; the others are counted."""


def as_html(scored: Scored, trend: Sequence[Point] = ()) -> str:
    """The document; `trend` is drawn where it has at least two points."""
    chosen = views(scored.costs)
    style = _resource("style.css") + "".join(view.style for view in chosen)
    script = _resource("script.js")
    head = element(
        "head",
        None,
        element("meta", {"charset": "utf-8"}),
        element("meta", {"http-equiv": "Content-Security-Policy", "content": _policy(style, script)}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("title", None, f"{scored.root.name} · guardloop"),
        element("style", None, Markup(style)),
    )
    body = element("body", None, *_body(scored, chosen, trend), element("script", None, Markup(script)))
    document = "<!doctype html>\n" + element("html", {"lang": "en"}, head, body) + "\n"
    # As references, all characters survive whatever encoding the output is written in.
    return document.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _body(scored: Scored, chosen: Sequence[View], trend: Sequence[Point]) -> Iterator[Markup]:
    listing = Listing(scored)
    overview = Overview(scored, chosen, listing, trend if len(trend) > 1 else ())
    yield element("a", {"class": "skip", "href": "#findings"}, "Skip to the findings")
    yield element("header", None, *_header(scored))
    yield element("main", None, overview.rules(), overview.charts(), overview.maps(), listing.section(), _about(scored))
    yield element("footer", None, f"guardloop {__version__}")


def _header(scored: Scored) -> Iterator[Markup]:
    gated = sum(finding.cost for finding in scored.findings if finding.gated)
    yield element("p", {"class": "name"}, "guardloop")
    yield element("h1", None, scored.root.name or str(scored.root))
    size = f"{scored.files:,} files, {scored.lines:,} lines of code. "
    total = element("b", None, f"{gated:,} nodes")
    yield element("p", {"class": "lead"}, size, "A rewrite could remove ", total, " of the syntax tree.")
    for broken in scored.unparsed[:_NAMED]:
        place = element("span", {"class": "place"}, f"{broken.path}:{broken.line}")
        yield element("p", None, "Not judged: ", place, f" {broken.message}")
    if len(scored.unparsed) > _NAMED:
        yield element("p", None, f"And {len(scored.unparsed) - _NAMED} more files were not judged.")
    yield from _allowed(scored.measured.suppression)


def _allowed(suppression: Suppression) -> Iterator[Markup]:
    accepted = suppression.findings
    if accepted:
        cost = sum(finding.cost for finding in accepted)
        yield element(
            "p", {"class": "quiet"}, f"Allowed by comments, and not shown: {len(accepted):,}, costing {cost:,}."
        )
    for remark in remarks(suppression)[:_NAMED]:
        yield element("p", {"class": "quiet"}, f"{remark}.")


def _about(scored: Scored) -> Markup:
    return element("section", None, element("h2", None, "What the rules count"), *map(_documented, scored.costs))


def _documented(rule: str) -> Markup:
    content = paragraphs(documentation(rule))
    return element("details", {"class": "rule-text"}, element("summary", None, rule), *content)


def _policy(style: str, script: str) -> str:
    allowed = {"style-src": style, "script-src": script}
    sources = "; ".join(f"{kind} 'sha256-{_hash(content)}'" for kind, content in allowed.items())
    return f"default-src 'none'; {sources}; base-uri 'none'; form-action 'none'"


def _hash(content: str) -> str:
    return b64encode(sha256(content.encode()).digest()).decode()


def _resource(name: str) -> str:
    content = files("guardloop.report.html").joinpath(name).read_text(encoding="utf-8")
    # The policy names the content by its digest, which readers take after they have made all line ends alike.
    return re.sub(r"\r\n?", "\n", content)
