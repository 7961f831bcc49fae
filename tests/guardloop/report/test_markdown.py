from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from guardloop.checked import Charged, Checked, Verdict
from guardloop.report.markdown import MARK, as_markdown
from metrics.scorer import Finding, Site
from metrics.source import Unparsed

OWN_HTML = re.compile(r"<!-- guardloop: check -->|</?details>|</?sub>|<summary>\d+ more[a-z ,]*</summary>|\s+")
ALLOWED = {"text", "code_inline", "softbreak", "strong_open", "strong_close", "html_inline"}


def checked_markup(text: str) -> str:
    """The plain text of a comment in which nothing but our own markup is markup."""
    plain = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "html_block":
            assert not OWN_HTML.sub("", token.content), token.content
        for child in token.children or []:
            assert child.type in ALLOWED, child
            assert child.type != "html_inline" or not OWN_HTML.sub("", child.content), child.content
            plain.append(child.content if child.type == "text" else "")
    return "".join(plain)


def test_it_begins_with_the_mark_and_the_verdict(judged: Callable[..., Checked], found: Callable[..., Finding]) -> None:
    lines = as_markdown(judged([found()])).splitlines()
    assert lines[0] == MARK
    assert lines[1] == "### guardloop: over budget"
    assert lines[3] == "duplication adds 41 where 30 is allowed (11 over)."
    assert "| duplication | 41 | 30 | **11 over** |" in lines


def test_a_change_within_budget_is_said_in_few_words(judged: Callable[..., Checked]) -> None:
    text = as_markdown(judged())
    assert "### guardloop: within budget\n\nnothing is added." in text
    assert "|" not in text
    assert len(text) < 400


def test_each_finding_names_its_places_the_added_one_first_and_one_remedy(
    judged: Callable[..., Checked], found: Callable[..., Finding]
) -> None:
    text = as_markdown(judged([found(sites=3)]))
    places = re.findall(r"^- (.*)$", text, re.MULTILINE)
    assert places == [
        "`pkg/load2.py:21-29` in `load` (new)",
        "`pkg/load0.py:1-9` in `load`",
        "`pkg/load1.py:11-19` in `load`",
    ]
    assert text.count("Remedy: ") == 1


def test_long_lists_are_folded_and_the_comment_stays_below_the_limit(
    judged: Callable[..., Checked], found: Callable[..., Finding]
) -> None:
    few = as_markdown(judged([found(number=n, sites=9) for n in range(8)]))
    assert "<summary>3 more, which add less</summary>" in few
    assert "<summary>3 more places</summary>" in few
    assert few.count("<details>") == few.count("</details>") == 9
    many = as_markdown(judged([found(number=n, sites=60, name="x" * 90) for n in range(300)]))
    assert len(many) < 65_536
    left_out = re.search(r"(\d+) findings are left out here", many)
    assert left_out
    assert int(left_out.group(1)) + many.count("Remedy: ") == 300
    checked_markup(many)


def test_what_several_rules_say_of_one_place_stands_together(
    judged: Callable[..., Checked], found: Callable[..., Finding]
) -> None:
    text = as_markdown(judged([found(), found("nil-pressure", 9)]))
    assert "Also +9 nil-pressure: 2 copies of `load`" in text
    assert text.count("`pkg/load0.py:1-9`") == 1
    assert "**2.**" not in text


def test_a_finding_with_very_many_places_still_fits(
    judged: Callable[..., Checked], found: Callable[..., Finding]
) -> None:
    text = as_markdown(judged([found(sites=5000)]))
    assert "- and 4940 more" in text
    assert len(text) < 10_000


def test_a_rule_over_its_baseline_is_named(judged: Callable[..., Checked]) -> None:
    text = as_markdown(judged(verdict=Verdict.OVER, risen={"duplication": 7}))
    assert "| duplication | 0 |  | **7 over the baseline** |" in text


def test_hostile_names_are_shown_and_do_nothing(
    judged: Callable[..., Checked], found: Callable[..., Finding], hostile: str
) -> None:
    finding = replace(found(), message=hostile, sites=(Site(hostile, 1, 2, hostile),))
    broken = [Unparsed(hostile, 1, hostile)]
    text = as_markdown(judged([finding], unparsed=broken, notes=[hostile], against=hostile))
    plain = checked_markup(text)
    assert "@" not in plain
    assert "<script>" in text


@given(st.text(alphabet="ab `|<>@#[]()!*_~\\&;:/.\n{}-+'\"=", max_size=40), st.sampled_from(Verdict))
def test_nothing_in_the_code_becomes_markup(text: str, verdict: Verdict) -> None:
    finding = Finding("duplication:1", "duplication", 40, text, (Site(text, 1, 2, text),))
    broken = [Unparsed(text, 1, text)] if verdict is Verdict.UNKNOWN else []
    charges, budgets = {"duplication": 40}, {"duplication": 1}
    checked = Checked(verdict, text, 1, charges, budgets, [Charged(finding, 40)], broken, [text])
    assert not set("@#<&[") & set(checked_markup(as_markdown(checked)).replace("guardloop", ""))
