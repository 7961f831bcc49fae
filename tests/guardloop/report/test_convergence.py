"""What several rules name is shown as one place with one remedy, before what only one rule names."""

from __future__ import annotations

from guardloop.checked import Charged, Checked, Verdict
from guardloop.report.checking import as_text
from metrics.scorer import Finding, Site


def finding(rule: str, cost: int, *lines: tuple[int, int]) -> Finding:
    sites = tuple(Site("a.py", first, last, f"a:f{first // 20}") for first, last in lines)
    return Finding(f"{rule}:{cost}", rule, cost, f"{rule} of {cost}", sites)


def checked(*findings: Finding, allowed: int = 8) -> Checked:
    charges: dict[str, int] = {}
    for one in findings:
        charges[one.rule] = charges.get(one.rule, 0) + one.cost
    over = any(charge > allowed for charge in charges.values())
    charged = tuple(Charged(one, one.cost, (1,)) for one in findings)
    verdict = Verdict.OVER if over else Verdict.WITHIN
    return Checked(verdict, "abc", 10, charges, dict.fromkeys(charges, allowed), charged)


def test_a_condition_inside_of_two_copies_is_shown_with_them() -> None:
    clone = finding("duplication", 30, (1, 10), (21, 30))
    other = finding("duplication", 90, (41, 50), (61, 70))
    condition = finding("reification-miss", 9, (3, 3), (23, 23))
    blocks = [block.splitlines() for block in as_text(checked(other, clone, condition)).split("\n\n")]
    assert [block[0].split()[1] for block in blocks[1:3]] == ["duplication", "duplication"]
    assert "of 30" in blocks[1][0]
    assert any("also reification-miss +9: reification-miss of 9" in line for line in blocks[1])
    assert sum("remedy:" in line for line in blocks[1]) == 1
    assert not any("also" in line for line in blocks[2])


def test_what_is_over_its_budget_comes_before_what_is_not_though_several_rules_name_it() -> None:
    within = [finding("nil-pressure", 6, (1, 10), (21, 30)), finding("type-pressure", 5, (3, 3), (23, 23))]
    over = finding("duplication", 40, (41, 50), (61, 70))
    text = as_text(checked(*within, over))
    assert text.index("duplication of 40") < text.index("nil-pressure of 6") < text.index("also type-pressure +5")
