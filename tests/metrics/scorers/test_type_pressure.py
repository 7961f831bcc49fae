from __future__ import annotations

import pytest

from metrics.scorers.type_pressure import TypePressure
from metrics.scorers.type_pressure.examples import ASKED, BOUNDARY, COERCED, THREADED
from metrics.testing import score

CHECKS = {
    "isinstance(x.job, str)": 5,
    "isinstance(x.job, (str, bytes))": 5,
    "not isinstance(x.job, collections.abc.Mapping)": 5,
    "issubclass(x.job, dict)": 5,
    "type(x.job) is list": 5,
    "type(x.job) in (list, tuple)": 5,
    "x.job.__class__ is str": 5,
    "type(x.job).__name__ == 'str'": 5,
    "x.job.__class__.__name__ in ('str', 'bytes')": 5,
    "x.job.__name__ == 'str'": 0,
    "callable(x.job)": 5,
    "hasattr(x.job, 'read')": 5,
    "str(x.job) and int(x.job)": 4,
    "x.job.decode() and int(x.job)": 4,
    "isinstance(x.job, Job)": 0,
    "isinstance(x.job, nodes.Text)": 0,
    "bool(x.job) and list(x.job)": 0,
    "x.job == 'fast'": 0,
}


def code(check, count=4):
    functions = "".join(f"\ndef f{n}(x):\n    if {check}:\n        x.go{n}()\n" for n in range(count))
    return f"class Job:\n    def __init__(self):\n        self.job = None\n{functions}"


@pytest.mark.parametrize(("check", "weight"), CHECKS.items(), ids=CHECKS)
def test_what_a_check_weighs(check, weight):
    assert score(TypePressure(), code(check)).cost == max(0, 4 * weight - 4)


@pytest.mark.parametrize("count", [1, 2])
def test_fewer_than_three_checks_are_no_pressure(count):
    assert score(TypePressure(), code("isinstance(x.job, str)", count)).cost == 0


def test_a_class_of_the_program_with_the_name_of_a_type_is_none():
    assert score(TypePressure(), code("isinstance(x.job, Text)") + "\nclass Text:\n    pass\n").cost == 0
    assert score(TypePressure(), code("isinstance(x.job, Path)")).cost == 16
    assert score(TypePressure(), code("isinstance(x.job, Path)") + "\nclass Path:\n    pass\n").cost == 0


def test_an_attribute_error_that_is_caught_around_one_statement_is_a_check():
    body = "\n    try:\n        x.job.read()\n    except AttributeError:\n        pass\n"
    text = code("0") + "".join(f"\ndef g{n}(x):{body}" for n in range(3))
    assert score(TypePressure(), text).cost == 11


def test_a_value_that_is_handed_on_under_one_name_is_one():
    (finding,) = score(TypePressure(), THREADED).findings
    assert len(finding.evidence["slots"]) == 3
    assert "(and 2 more places of that name)" in finding.message


def test_one_function_may_convert_what_it_is_given():
    assert score(TypePressure(), BOUNDARY).cost == 0
    again = BOUNDARY.replace("return path.parts", "path = path if isinstance(path, Path) else Path(path)")
    assert score(TypePressure(), again).cost == 0


def test_calls_of_a_coercer_are_conversions_and_its_own_checks_are_free():
    (finding,) = score(TypePressure(), COERCED).findings
    assert {check["types"] for check in finding.evidence["checks"]} == {"to_text"}
    assert "4 conversions (to_text) in 4 functions" in finding.message


def test_sites_are_the_source_and_then_the_checks():
    (finding,) = score(TypePressure(), ASKED).findings
    assert [(site.line, site.role) for site in finding.sites] == [
        (2, "source"),
        (6, "check"),
        (10, "check"),
        (14, "check"),
    ]


def test_findings_whose_checks_stand_at_the_same_places_are_one():
    text = "\n".join(
        f"def f{n}(left, right):\n    if isinstance(left, str) and isinstance(right, str):\n"
        f"        return f{n + 1}(left=left, right=right)\n"
        for n in range(3)
    )
    (finding,) = score(TypePressure(), text).findings
    assert finding.cost == 22


def test_an_attribute_that_is_named_by_an_expression_has_no_name():
    (finding,) = score(TypePressure(), code("hasattr(x.job, x.name)")).findings
    assert finding.evidence["checks"][0]["types"] == "hasattr:?"
