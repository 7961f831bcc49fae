from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardloop.report.html.markup import Markup, element
from guardloop.report.html.markup import text as escaped
from guardloop.report.html.page import as_html
from guardloop.report.html.prose import inline, paragraphs
from guardloop.scored import Scored
from guardloop.target import Target
from guardloop.trend import Point
from metrics.discovery import Discovery
from metrics.measure import Measurement, measure
from metrics.scorer import Finding, Score, Site
from metrics.source import SourceTree, Unparsed

SHOP = Path(__file__).resolve().parents[3] / "examples" / "shop"
VOID = {"meta", "input", "br"}
OWN_TAGS = re.compile(
    "html|head|meta|title|style|body|script|header|main|section|footer|p|h1|h2|h4|b|i|em|a|bdi|span|div|code|pre|mark|"
    "fieldset|legend|label|input|output|details|summary|article|figure|figcaption|ul|li|table|thead|tbody|tr|th|td|"
    "svg|rect|g|text|polyline|circle|line"
)
TREND = tuple(
    Point(f"{n:040x}", f"2026-0{n}-01", 100, 10 * n, {"duplication": 12 * n, "complexity": 0}) for n in (1, 2, 3)
)


class Reader(HTMLParser):
    """Reads a page, and complains of what is not closed, not ours, or twice there."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert OWN_TAGS.fullmatch(tag), tag
        self.tags[tag] += 1
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] not in (["script"], ["style"]):
            self.words.append(data)

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.attributes if key == name]


@pytest.fixture(scope="module")
def shop() -> Scored:
    return Scored.of(Target.locate([SHOP]))


def scored(texts: dict[str, str], findings: list[Finding] | None = None, root: Path = Path("/tmp/project")) -> Scored:
    tree = SourceTree(texts)
    measured = measure(tree)
    if findings is not None:
        measured = Measurement({"duplication": Score("duplication", tuple(findings))}, (), len(texts), 1)
    return Scored(root, measured, Discovery(root, tree))


def test_every_finding_is_there_once_with_its_sites(shop: Scored) -> None:
    page = Reader(as_html(shop))
    assert page.tags["article"] == len(shop.findings) > 0
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {finding.id for finding in shop.findings} <= set(ids)
    assert page.tags["figure"] >= 2 * sum(finding.rule == "duplication" for finding in shop.findings)


def test_links_lead_to_what_is_on_the_page(shop: Scored) -> None:
    page = Reader(as_html(shop))
    ids = set(page.values("id"))
    assert page.values("href")
    for href in page.values("href"):
        assert href.startswith("#")
        assert href[1:] in ids


def test_nothing_is_asked_of_the_network_and_the_policy_forbids_it(shop: Scored) -> None:
    text = as_html(shop, TREND)
    page = Reader(text)
    assert not page.values("src")
    assert "url(" not in text
    assert "@import" not in text
    assert "//" not in "".join(page.values("href"))
    (policy,) = [content for content in page.values("content") if content.startswith("default-src")]
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        content = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert content
        digest = base64.b64encode(hashlib.sha256(content.group(1).encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert not page.values("style")
    assert not [name for name, _ in page.attributes if name.startswith("on")]


def test_the_same_tree_gives_the_same_bytes(shop: Scored) -> None:
    assert as_html(shop, TREND) == as_html(shop, TREND)


def test_source_that_looks_like_markup_is_shown_as_text(hostile: str) -> None:
    body = 'a = "</script><script>alert(1)</script><!-- "\n' + 'b = "&lt; </style> ]]> \\x00"\n' * 6
    name = "</title><img src=x onerror=alert(1)>.py"
    sites = tuple(Site(path, 1, 7, f"x:{hostile}") for path in (name, hostile))
    finding = Finding('duplication:"><b>', "duplication", 41, f"2 copies of `{hostile}` {name}", sites)
    page = Reader(as_html(scored({name: body, hostile: body}, [finding], Path(f"/tmp/{name}"))))
    assert page.tags["script"] == 1
    assert page.tags["img"] == 0
    words = "".join(page.words)
    assert words.count("</script><script>alert(1)</script><!--") == 2
    assert "\x1b" not in words
    assert "\u202e" not in words


def test_the_page_reads_the_same_in_any_encoding() -> None:
    page = as_html(scored({"größe.py": "数 = '→'\n" * 9}, [_copies("größe.py")]))
    assert page.isascii()
    assert "größe.py:1–3" in "".join(Reader(page).words)  # noqa: RUF001


def _copies(path: str) -> Finding:
    sites = (Site(path, 1, 3, "a:f"), Site(path, 5, 7, "a:g"))
    return Finding("duplication:1", "duplication", 41, "2 copies", sites)


@given(st.text(alphabet=st.characters(exclude_categories=())), st.text(alphabet="ab<>&\"'`/=\x00"))
def test_no_text_leaves_its_element(content: str, value: str) -> None:
    made = element("p", {"title": value, "hidden": False, "open": True}, content)
    assert made.encode("utf-8").decode("utf-8") == made
    assert made.count("<") == 2
    assert made.count('"') - escaped(content).count('"') == 2


def test_markup_is_not_escaped_again() -> None:
    assert element("p", None, element("b", None, "a & b"), "<") == "<p><b>a &amp; b</b>&lt;</p>"
    assert isinstance(element("p"), Markup)


def test_messages_show_code_as_code() -> None:
    assert inline("`a < b` is *asked* twice") == "<code>a &lt; b</code> is <em>asked</em> twice"


def test_documentation_has_headings_lists_and_paragraphs() -> None:
    made = "".join(paragraphs("One\nline.\n\n* a\n  b\n* c\n\n## Why\nText."))
    assert made == "<p>One line.</p><ul><li>a b</li><li>c</li></ul><h4>Why</h4><p>Text.</p>"


def test_a_trend_is_drawn_for_what_all_its_points_know(shop: Scored) -> None:
    page = as_html(shop, TREND)
    assert "Over 3 revisions" in page
    labels = [label for label in Reader(page).values("aria-label") if "over 3 revisions" in label]
    assert {label.split(":")[0] for label in labels} == {"all that can fail a check", "duplication", "complexity"}
    assert "all that can fail a check: from 10 to 30 over 3 revisions" in labels
    assert "Over 3 revisions" not in as_html(shop)
    assert 'class="chart' not in as_html(shop, TREND[:1])


def test_a_clean_project_has_a_page_too() -> None:
    words = "".join(Reader(as_html(scored({"a.py": "x = 1\n"}))).words)
    assert "Nothing was found." in words


def test_files_that_were_not_judged_are_named() -> None:
    broken = Scored(
        Path("/p"),
        Measurement({}, (Unparsed("b<i>.py", 3, "invalid <syntax>"),), 1, 0),
        Discovery(Path("/p"), SourceTree({})),
    )
    words = "".join(Reader(as_html(broken)).words)
    assert "Not judged: b<i>.py:3 invalid <syntax>" in words


def test_long_lists_are_cut_and_the_page_says_so() -> None:
    texts = {"a.py": "x = 1\n" * 50}
    sites = (Site("a.py", 1, 9, "a:f"), Site("a.py", 11, 19, "a:g"))
    findings = [Finding(f"duplication:{n}", "duplication", 400 - n, "2 copies", sites) for n in range(200)]
    page = Reader(as_html(scored(texts, findings)))
    assert page.tags["article"] == 150
    assert page.tags["figure"] == 80
    assert "50 cost less" in "".join(page.words)


def test_what_comments_allow_is_counted_and_stale_ones_are_named(tmp_path: Path) -> None:
    source = (SHOP / "shop/reports.py").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "a.py").write_text(source.replace("def ", "# guardloop: allow[duplication] one law\ndef "))
    (tmp_path / "b.py").write_text("# guardloop: allow[nil-pressure] once needed\nx = 1\n")
    words = "".join(Reader(as_html(Scored.of(Target.locate([tmp_path])))).words)
    assert "Allowed by comments, and not shown: 1, costing " in words
    assert "b.py:1: allow[nil-pressure] is stale" in words
