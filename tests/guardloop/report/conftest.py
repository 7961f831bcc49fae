from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from guardloop.checked import Charged, Checked, Verdict
from metrics.scorer import Finding, Site

HOSTILE = "a\n::error file=x::\r\u2028`|<script>@team [x](http://y) **b** {0} %0A\x1b[31m\udc80\u202e#1.py"
"""A name with something in it for every format."""


def finding(
    rule: str = "duplication",
    cost: int = 41,
    *,
    name: str = "load",
    sites: int = 2,
    gated: bool = True,
    number: int = 0,
) -> Finding:
    places = tuple(Site(f"pkg/{name}{n}.py", 10 * n + 1, 10 * n + 9, f"pkg.{name}{n}:{name}") for n in range(sites))
    return Finding(f"{rule}:{name}{number}", rule, cost, f"{sites} copies of `{name}`", places, gated)


@pytest.fixture
def hostile() -> str:
    return HOSTILE


@pytest.fixture
def found() -> Callable[..., Finding]:
    return finding


@pytest.fixture
def judged() -> Callable[..., Checked]:
    """Makes the judgement of a change of 100 added lines that answers for the whole of these findings."""

    def make(findings: Sequence[Finding] = (), **given: object) -> Checked:
        charges: dict[str, int] = {}
        for one in findings:
            if one.gated:
                charges[one.rule] = charges.get(one.rule, 0) + one.cost
        is_over = any(charge > 30 for charge in charges.values())
        checked = Checked(
            verdict=Verdict.OVER if is_over else Verdict.WITHIN,
            against="abc123",
            added_lines=100,
            charges=charges,
            budgets=dict.fromkeys(charges, 30),
            findings=[Charged(one, one.cost, (len(one.sites) - 1,)) for one in findings],
        )
        return replace(checked, **given)  # type: ignore[arg-type]

    return make
