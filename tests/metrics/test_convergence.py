from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from metrics.convergence import converging
from metrics.scorer import Finding, Site


def finding(rule: str, cost: int, *lines: tuple[int, int], path: str = "a.py") -> Finding:
    sites = tuple(Site(path, first, last, "a:f") for first, last in lines)
    return Finding(f"{rule}:{cost}", rule, cost, "", sites)


def rules(groups: list[tuple[Finding, ...]]) -> list[list[str]]:
    return [[one.rule for one in group] for group in groups]


CLONE = finding("duplication", 30, (1, 10), (21, 30))
OTHER = finding("duplication", 90, (41, 50), (61, 70))


def test_a_finding_inside_the_sites_of_a_costlier_one_joins_it_and_comes_first() -> None:
    condition = finding("reification-miss", 9, (3, 3), (23, 24))
    assert rules(converging([OTHER, CLONE, condition])) == [["duplication", "reification-miss"], ["duplication"]]


def test_a_finding_with_most_of_its_sites_elsewhere_stays_alone() -> None:
    spread = finding("nil-pressure", 9, (3, 3), (80, 80), (90, 90), (95, 95), (99, 99))
    assert rules(converging([CLONE, spread])) == [["duplication"], ["nil-pressure"]]


def test_one_common_place_is_not_one_remedy() -> None:
    assert rules(converging([CLONE, finding("nil-pressure", 9, (3, 3))])) == [["duplication"], ["nil-pressure"]]


def test_findings_of_one_rule_and_of_other_files_do_not_converge() -> None:
    same = finding("duplication", 9, (3, 3), (23, 23))
    elsewhere = finding("nil-pressure", 8, (3, 3), (23, 23), path="b.py")
    assert all(len(group) == 1 for group in converging([CLONE, same, elsewhere]))


lines = st.tuples(st.integers(1, 40), st.integers(0, 9)).map(lambda pair: (pair[0], sum(pair)))
some = st.builds(
    lambda rule, cost, sites: finding(rule, cost, *sites),
    st.sampled_from(["duplication", "nil-pressure", "state-drift"]),
    st.integers(1, 50),
    st.lists(lines, min_size=1, max_size=4),
)


@given(st.lists(some, max_size=8, unique_by=lambda one: one.id))
def test_every_finding_is_in_one_group_and_none_leads_what_comes_before_it(findings: list[Finding]) -> None:
    groups = converging(findings)
    assert sorted(one.id for group in groups for one in group) == sorted(one.id for one in findings)
    for lead, *others in groups:
        assert all(one.rule != lead.rule and findings.index(one) > findings.index(lead) for one in others)
    assert [len(group) == 1 for group in groups] == sorted(len(group) == 1 for group in groups)
