from __future__ import annotations

import random

import pytest

from metrics.scorers.value_pressure import ValuePressure
from metrics.scorers.value_pressure.examples import HELPER, POOLED, SPELT
from metrics.source import SourceTree
from metrics.testing import score, tree

OTHER = {
    "job.py": """
        from modes import is_fast

        class Job:
            mode = None

            def start(self):
                if is_fast(self.mode):
                    self.skip()

            def stop(self):
                if self.mode == FAST:
                    self.wait()
    """,
    "modes.py": """
        FAST = "fast"

        def is_fast(mode):
            return mode == FAST
    """,
    "report.py": """
        from job import Job

        class Report(Job):
            def show(self):
                return self.mode == "fast"
    """,
}


def found(code):
    return score(ValuePressure(), code).findings


def test_sites_are_the_source_and_then_the_tests_in_the_order_of_the_text():
    (finding,) = found(SPELT)
    assert [(site.line, site.role) for site in finding.sites] == [
        (3, "source"),
        (6, "check"),
        (10, "check"),
        (14, "check"),
    ]
    assert [site.symbol for site in finding.sites[:2]] == ["example:Job", "example:Job.start"]


def test_a_condition_that_names_several_literals_is_one_place():
    code = SPELT.replace('== "fast"', 'in ("fast", "slow")')
    (finding,) = found(code)
    assert [(site.line, site.role) for site in finding.sites] == [
        (3, "source"),
        (6, "check"),
        (10, "check"),
        (14, "check"),
    ]


def test_the_message_says_what_is_compared_with_what_and_what_would_remove_it():
    (finding,) = found(SPELT)
    assert finding.message.startswith(
        "`mode` of `Job` is compared with 'fast': 3 tests in 3 functions; one enumeration"
    )


def test_the_evidence_names_the_owner_the_literals_and_every_test():
    (finding,) = found(SPELT)
    assert finding.evidence["owner"] == "example:Job"
    assert finding.evidence["literals"] == ["'fast'"]
    assert [test["function"] for test in finding.evidence["tests"]] == ["Job.start", "Job.stop", "Job.report"]


def test_constants_predicates_and_base_classes_are_followed_into_other_files():
    gated = [finding for finding in found(OTHER) if finding.gated]
    assert [(finding.cost, len(finding.sites)) for finding in gated] == [(8, 4)]


def test_the_literals_of_a_known_class_are_one_set_even_if_no_function_tests_two_of_them():
    code = SPELT + SPELT.split("self.mode = mode\n")[1].replace("fast", "slow").replace("def ", "def late_")
    assert [finding.cost for finding in found(code)] == [20]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_files_changes_nothing(seed):
    texts = list(tree(OTHER).texts.items())
    random.Random(seed).shuffle(texts)
    assert found(SourceTree(dict(texts))) == found(OTHER)


def test_a_second_function_is_measured_but_not_gated():
    (finding,) = found(SPELT.partition("        def report")[0])
    assert (finding.cost, finding.gated) == (1, False)


def test_a_test_more_costs_four_more():
    more = SPELT + '\n        def more(self):\n            return self.mode == "fast"\n'
    assert score(ValuePressure(), more).cost == score(ValuePressure(), SPELT).cost + 4


def test_identities_survive_a_function_that_joins_in():
    more = POOLED + "\n    def more(format):\n        return format == 'toml'\n"
    assert {finding.id for finding in found(POOLED)} <= {finding.id for finding in found(more)}


def test_a_predicate_that_nobody_asks_counts_as_a_test_itself():
    alone = "def one(mode):\n    return mode == 'fast'\n\ndef two(mode):\n    return mode == 'fast'\n"
    assert score(ValuePressure(), alone).cost == 1
    assert score(ValuePressure(), HELPER).cost == 8


def test_values_that_texts_are_given_for_are_counted_once():
    code = """
    def give(x):
        return "running" if x else "waiting"

    def one(state):
        return state in ("running", "waiting")

    def two(status):
        return status in ("running", "waiting", "done")
    """
    assert [finding.cost for finding in found(code)] == [2]


def test_a_class_that_is_defined_for_two_cases_is_found_once():
    record = "    class Point:\n        def __init__(self, x, y, z):\n            self.x, self.t = x, y\n"
    kept = record.replace("self.x, self.t = x, y", "self.x = x; self.y = y; self.z = z")
    assert found(f"if old:\n{record}else:\n{record}") == ()
    assert [finding.cost for finding in found(f"if old:\n{kept}else:\n{kept}")] == [1]
