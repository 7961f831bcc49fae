from __future__ import annotations

import re
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from guardloop.checked import Charged, Checked, Verdict
from guardloop.report.github import as_github
from metrics.scorer import Finding, Site
from metrics.source import Unparsed

COMMAND = re.compile(r"::(error|warning|notice) ((?:[a-zA-Z]+=[^,:]*,?)+)::(.*)")


def read(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands as the runner reads them: one for each line."""
    found = []
    for line in text.split("\n"):
        match = COMMAND.fullmatch(line)
        assert match, line
        level, properties, message = match.groups()
        given = dict(pair.split("=", 1) for pair in properties.split(","))
        found.append((level, {key: decoded(value) for key, value in given.items()}, decoded(message)))
    return found


def decoded(text: str) -> str:
    for code, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def test_a_finding_over_budget_is_an_error_at_the_site_that_the_change_added(
    judged: Callable[..., Checked], found: Callable[..., Finding]
) -> None:
    (level, place, message), verdict = read(as_github(judged([found()])))
    assert level == "error"
    assert (place["file"], place["line"], place["endLine"]) == ("pkg/load1.py", "11", "19")
    assert "duplication adds 41" in place["title"]
    assert message.startswith("2 copies of `load`\n")
    assert "also pkg/load0.py:1-9" in message
    assert "Remedy: " in message
    assert verdict[0] == "error"
    assert verdict[2] == "over budget: duplication adds 41 where 30 is allowed (11 over)"


def test_what_stays_within_budget_warns_and_what_never_fails_is_a_notice(
    judged: Callable[..., Checked], found: Callable[..., Finding]
) -> None:
    checked = judged([found(cost=5), found("complexity", 3, gated=False)])
    assert [level for level, _, _ in read(as_github(checked))] == ["warning", "notice", "notice"]


def test_paths_lead_from_the_top_of_the_repository(
    judged: Callable[..., Checked], found: Callable[..., Finding]
) -> None:
    assert read(as_github(judged([found()]), "services/shop"))[0][1]["file"] == "services/shop/pkg/load1.py"


def test_there_are_never_more_annotations_than_are_shown(
    judged: Callable[..., Checked], found: Callable[..., Finding]
) -> None:
    findings = [found(number=n) for n in range(300)] + [found("nil-pressure", 1, number=n) for n in range(20)]
    broken = [Unparsed(f"{n}.py", 1, "invalid syntax") for n in range(4)]
    commands = read(as_github(judged(findings, unparsed=broken)))
    levels = [level for level, _, _ in commands]
    assert max(levels.count(level) for level in set(levels)) <= 10
    assert sum(title["title"] == "guardloop: not judged" for _, title, _ in commands) == 4
    assert "(306 more findings have no annotation)" in commands[-1][2]


def test_a_change_that_could_not_be_judged_fails(judged: Callable[..., Checked]) -> None:
    checked = judged(verdict=Verdict.UNKNOWN, unparsed=[Unparsed("a.py", 0, "invalid syntax")])
    (level, place, _), verdict = read(as_github(checked))
    assert (level, place["line"]) == ("error", "1")
    assert verdict[0] == "error"
    assert verdict[2].startswith("could not tell: a.py")


NAMES = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=()), max_size=30),
    st.text(alphabet="a:,%\r\n=; ", max_size=30),
    st.just("\n::error file=x,line=1::owned\n::stop-commands::t"),
)


@given(NAMES, NAMES, NAMES)
def test_nothing_in_the_code_can_give_a_command(path: str, symbol: str, message: str) -> None:
    finding = Finding("duplication:1", "duplication", 40, message, (Site(path, 1, 2, symbol), Site(path, 5, 6, symbol)))
    charged = [Charged(finding, 40, (0,))]
    charges, broken = {"duplication": 40}, [Unparsed(path, 1, message)]
    checked = Checked(Verdict.OVER, path, 1, charges, {"duplication": 1}, charged, broken)
    text = as_github(checked)
    assert len(text.splitlines()) == 3
    assert len(read(text)) == 3
    assert text.encode("utf-8").decode("utf-8") == text
