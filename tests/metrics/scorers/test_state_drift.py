from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.outline import scopes
from metrics.scorers.state_drift import StateDrift
from metrics.scorers.state_drift.examples import FLAGS, KEYS, TOGETHER, TWICE
from metrics.scorers.state_drift.transactions import is_initial
from metrics.scorers.state_drift.writes import read_writes
from metrics.source import SourceTree
from metrics.testing import PATH, score, tree

RULE = StateDrift()


def found(code):
    return score(RULE, code).findings


def gated(code):
    return [finding for finding in found(code) if finding.gated]


def written(body):
    """The writes of a method with this body, block by block: kind, receiver and name."""
    code = "class C:\n    def f(self, job, items):\n" + textwrap.indent(textwrap.dedent(body), " " * 8)
    read = read_writes(scopes(ast.parse(code)))
    return [[write[:3] for write in run] for *_, runs in read for run in runs]


def test_a_finding_says_which_fields_move_together_and_where_one_was_left_out():
    (finding,) = gated(TOGETHER)
    assert finding.message.startswith("`self.changed`, `self.state` are written together in 3 blocks of 3 functions")
    assert "only some of them in skip" in finding.message
    assert [(site.line, site.end_line, site.role) for site in finding.sites] == [
        (3, 4, "together"),
        (7, 8, "together"),
        (11, 12, "together"),
        (16, 16, "missing"),
    ]
    assert finding.evidence["of"] == "example:Job"
    assert finding.evidence["fields"] == ["changed", "state"]
    assert finding.evidence["together"][0] == {
        "path": PATH,
        "function": "Job.start",
        "class": "Job",
        "receiver": "",
        "lines": {"changed": [4, 4], "state": [3, 3]},
        "constant": False,
    }
    assert [place["function"] for place in finding.evidence["missing"]] == ["Job.skip"]


def test_keys_are_told_with_the_dictionary_that_holds_them():
    (finding,) = gated(KEYS)
    assert finding.message.startswith("`stats: free`, `stats: used` are written together")
    assert [site.role for site in finding.sites].count("missing") == 1


def test_flags_of_one_function_are_told_by_their_lines():
    (finding,) = gated(FLAGS)
    assert finding.evidence["of"] == "example:read"
    assert [site.line for site in finding.sites] == [2, 5, 7, 9]


def test_small_signs_are_measured_but_never_fail_a_check():
    assert found(TWICE)
    assert not gated(TWICE)
    assert {finding.message.split(" ", 1)[1] for finding in found(TWICE)} >= {
        "is stored and never read",
        "is read only where it is written; a local would do",
    }


def test_fields_belong_to_the_topmost_class_whichever_file_writes_them():
    first, _ = TOGETHER.split("        def fail")
    files = {"job.py": textwrap.dedent(first) + "    def show(self):\n        return self.state, self.changed\n"}
    files["other.py"] = textwrap.dedent(
        """
        from job import Job

        class Late(Job):
            def fail(self):
                self.state = "failed"
                self.changed = now()
        """
    )
    (finding,) = [finding for finding in score(RULE, SourceTree(files)).findings if finding.gated]
    assert {site.path for site in finding.sites} == {"job.py", "other.py"}
    assert finding.evidence["of"] == "job:Job"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("self.a = self.b = 1", [[("self", "", "a"), ("self", "", "b")]]),
        ("self.a, job.b = 1, 2", [[("self", "", "a"), ("object", "job", "b")]]),
        ("self.job.a += 1", [[("object", "job", "a")]]),
        ("del self.a", [[("self", "", "a")]]),
        ("self.a: int", []),
        ("self.a[items] = 1", [[("container", "", "a")]]),
        ("self.a['k'] = 1", [[("key", "a", "k")]]),
        ("self.a.append(1)", [[("container", "", "a")]]),
        ("for self.a in items:\n    self.b = 1", [[("self", "", "a")], [("self", "", "b")]]),
        ("with job as self.a:\n    self.b = 1", [[("self", "", "a"), ("self", "", "b")]]),
        ("try:\n    self.a = 1\nexcept OSError:\n    self.b = 1", [[("self", "", "a")], [("self", "", "b")]]),
        ("if job:\n    self.a = 1\nelse:\n    self.b = 1", [[("self", "", "b")], [("self", "", "a")]]),
        ("match job:\n    case 1:\n        self.a = 1", [[("self", "", "a")]]),
        ("setattr(job, 'a', 1)", [[("object", "job", "a")]]),
        ("setattr(job, items, 1)", []),
        ("job.update(items, a=1)", []),
        ("job.update(a=1)", [[("key", "job", "a")]]),
        ("job.update({'a': 1, **items})", [[("key", "job", "a")]]),
        ("self.a = job.a", [[("self", "", "a"), ("copy", "", "a")]]),
    ],
)
def test_what_a_method_writes_is_read_from_every_form_of_writing(body, expected):
    assert written(body) == expected


@pytest.mark.parametrize(
    ("bindings", "receiver"),
    [
        ("made = Made()", "Made"),
        ("made = job.made", "made"),
        ("made = job.made[0]", "made[]"),
        ("made = items", None),
        ("made = Made()\nmade = Other()", None),
        ("made, other = Made(), Made()", None),
    ],
)
def test_an_object_in_a_local_is_named_for_where_it_came_from(bindings, receiver):
    writes = [write for run in written(f"{bindings}\nmade.a = 1") for write in run if write[0] == "object"]
    assert writes == ([("object", receiver, "a")] if receiver else [])


@pytest.mark.parametrize(
    "name", ["__init__", "C.reset", "C._reset_all", "from_text", "_load_state", "C.__enter__", "copy"]
)
def test_functions_that_set_up_or_restore_whole_objects_are_known_by_name(name):
    assert is_initial(name)


@pytest.mark.parametrize("name", ["start", "C.preset", "download", "C.initiate", "copyright"])
def test_other_functions_may_forget(name):
    assert not is_initial(name)


FIELDS = st.lists(st.sampled_from("abcde"), min_size=1, max_size=4)


@given(st.lists(FIELDS, min_size=3, max_size=7), st.randoms(use_true_random=False))
def test_the_order_of_functions_and_the_names_of_locals_change_nothing(methods, rng):
    def text(order, made):
        parts = [
            f"def f{n}(self, job):\n    {made} = Made()\n"
            + "".join(f"    self.{name} = job.{name}()\n    {made}.{name} = 1\n" for name in methods[n])
            for n in order
        ]
        return "class C:\n" + textwrap.indent("\n".join(parts), "    ")

    order = list(range(len(methods)))
    straight = found(text(order, "made"))
    rng.shuffle(order)
    assert [(f.id, f.cost) for f in found(text(order, "other"))] == [(f.id, f.cost) for f in straight]


@given(st.integers(3, 9), st.integers(2, 5))
def test_one_more_place_or_one_more_field_always_costs_more(places, fields):
    def cost(places, fields):
        methods = [
            f"def f{n}(self):\n" + "".join(f"    self.x{name} = g{n}()\n" for name in range(fields))
            for n in range(places)
        ]
        return sum(f.cost for f in gated("class C:\n" + textwrap.indent("\n".join(methods), "    ")))

    assert cost(places, fields) == 3 * (places - 1) * (fields - 1)
    assert cost(places + 1, fields) > cost(places, fields) < cost(places, fields + 1)


def test_two_findings_never_share_two_fields():
    code = tree(TOGETHER).texts[PATH] + tree(KEYS).texts[PATH]
    sets = [frozenset(finding.evidence["fields"]) for finding in gated(code)]
    assert all(len(one & other) < 2 for one in sets for other in sets if one is not other)
