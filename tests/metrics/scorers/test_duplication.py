from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.scorers.duplication import Duplication
from metrics.scorers.duplication.examples import COPIED, SHARED
from metrics.scorers.duplication.twins import is_twin, uncoloured
from metrics.testing import score

RUN = """
total = 0
for part in order.parts():
    price = catalogue.price(part.code, part.size)
    if price.missing or part.count < 1:
        log.warn("skipped", part.code)
        continue
    total += price.value * part.count
    seen.add(part.code)
"""


def function(name, body, before="", after="return total"):
    lines = textwrap.indent("\n".join([before, body, after]).strip(), "    ")
    return f"def {name}(order, catalogue, log, seen):\n{lines}\n"


def module(*functions):
    return "\n\n".join(functions)


def findings(code):
    return score(Duplication(), code).findings


def clones(code):
    return [finding for finding in findings(code) if finding.gated]


def statements(code, site):
    """The statements that a site's evidence leads to."""
    scope = ast.parse(code)
    for name in site["function"].split("."):
        scope = next(node for node in ast.walk(scope) if getattr(node, "name", None) == name)
    block = scope
    for step in site["block"]:
        block = block[step] if isinstance(step, int) else getattr(block, step)
    return block[site["first"] : site["first"] + site["count"]]


INVOICE = function("invoice", RUN, before="open_session(order)\nstart = clock()", after="return total - start")
REPORT = function("report", RUN, before="if not order:\n    return 0", after="publish(total, seen)")


def test_a_run_inside_larger_functions_is_one_clone():
    (clone,) = clones(module(INVOICE, REPORT))
    assert clone.evidence["kind"] == "fragment"
    assert [site.symbol for site in clone.sites] == ["example:invoice", "example:report"]
    assert clone.message == "2 copies of 8 statements"
    assert clone.evidence["holes"] == 0
    assert clone.evidence["outputs"] == 1


def test_the_evidence_of_a_run_leads_to_its_statements():
    code = module(INVOICE, REPORT)
    (clone,) = clones(code)
    texts = [[ast.unparse(s) for s in statements(code, site)] for site in clone.evidence["sites"]]
    assert texts[0] == texts[1] == [ast.unparse(s) for s in ast.parse(RUN).body]


@pytest.mark.parametrize("opening", ["with lock:", "try:", "while order:", "if order:"])
def test_runs_are_found_in_blocks_of_any_depth(opening):
    closing = "finally:\n    unlock()" if opening == "try:" else ""
    inner = f"{opening}\n{textwrap.indent(RUN.strip(), '    ')}\n{closing}".strip()
    code = module(function("deep", inner, before="total = 1\nprepare(order)", after=""), INVOICE)
    (clone,) = clones(code)
    assert len(clone.evidence["sites"][0]["block"]) == 3
    assert [ast.unparse(s) for s in statements(code, clone.evidence["sites"][0])] == [
        ast.unparse(s) for s in ast.parse(RUN).body
    ]


def test_lines_of_a_site_are_those_of_its_statements():
    code = module(INVOICE, REPORT)
    (clone,) = clones(code)
    for site in clone.sites:
        text = "\n".join(code.split("\n")[site.line - 1 : site.end_line])
        assert ast.dump(ast.parse(textwrap.dedent(text))) == ast.dump(ast.parse(RUN))


def test_equal_functions_are_a_clone_whatever_their_locals_are_called():
    (clone,) = clones(COPIED)
    assert clone.evidence["kind"] == "functions"
    assert clone.evidence["holes"] == 1
    assert [site["function"] for site in clone.evidence["sites"]] == ["load_users", "load_orders"]


def test_extraction_takes_the_whole_cost_away():
    assert score(Duplication(), COPIED).cost > 0
    assert score(Duplication(), SHARED).cost == 0


def test_each_copy_more_costs_as_much_as_the_second():
    copies = [function(f"f{n}", RUN) for n in range(4)]
    two, three, four = (score(Duplication(), module(*copies[:n])).cost for n in (2, 3, 4))
    assert three == 2 * two
    assert four == 3 * two


def test_functions_that_differ_in_a_statement_are_a_near_miss():
    body = RUN + "discount = order.discount(total)\nif discount.valid:\n    total -= discount.value\n"
    other = body.replace("discount = ", "log.note(order.code, total)\ndiscount = ")
    (clone,) = clones(module(function("one", body), function("two", other)))
    assert clone.evidence["kind"] in ("near-miss", "fragment")
    assert len(clone.sites) == 2


def test_a_difference_in_an_attribute_costs_more_than_one_in_a_value():
    other = RUN.replace("order.parts", "order.lines")
    value = RUN.replace('"skipped"', '"left out"')
    savings = [clones(module(INVOICE, REPORT.replace(*pair)))[0].evidence for pair in _replaced(RUN, other, value)]
    assert [evidence["holes"] for evidence in savings] == [1, 1]
    assert savings[0]["saving"] < savings[1]["saving"]


def _replaced(run, *others):
    indented = textwrap.indent(run.strip(), "    ")
    return [(indented, textwrap.indent(other.strip(), "    ")) for other in others]


def test_what_would_need_more_parameters_than_it_saves_is_no_clone():
    calls = "\n".join(f"setup.add{n}('{n}', value{n}, kind=kind{n})" for n in range(8))
    code = module(
        f"def one(setup):\n{textwrap.indent(calls, '    ')}\n",
        f"def two(setup):\n{textwrap.indent(calls.replace('value', 'other').replace('add', 'put'), '    ')}\n",
    )
    assert not clones(code)


def test_small_repeats_are_measured_but_never_gated():
    found = findings(
        "def one(a):\n    item = store.pick(a)\n    item.check(a, now())\n    return 1\n\n"
        "def two(b):\n    other = store.pick(b)\n    other.check(b, now())\n    return b\n"
    )
    assert [finding.gated for finding in found] == [False]
    assert found[0].cost > 0


def test_an_asynchronous_twin_costs_a_quarter():
    body = textwrap.indent(RUN.strip(), "    ")
    plain = f"class Client:\n    def send(self, order, catalogue, log, seen):\n{textwrap.indent(body, '    ')}\n"
    twin = plain.replace("class Client", "class AsyncClient").replace("def send", "async def send")
    copy = plain.replace("class Client", "class Server")
    full = score(Duplication(), plain + "\n" + copy).cost
    assert score(Duplication(), plain + "\n" + twin).cost == pytest.approx(full / 4, abs=1)


def test_twins_are_told_by_colour_or_name():
    assert uncoloured("AsyncClient.aclose") == uncoloured("Client.close")
    assert uncoloured("Client.__aenter__") == uncoloured("Client.__enter__")
    assert uncoloured("always") == "always"
    functions = score_functions("class AsyncA:\n    def f(self): pass\nclass A:\n    def f(self): pass\n")
    assert is_twin(*functions)


def score_functions(code):
    from metrics.scorers.duplication.file import File
    from metrics.scorers.duplication.reading import facts_of

    return File("a.py", facts_of(ast.parse(code))).functions


def test_overloads_stubs_and_imports_are_no_clones():
    stub = "    @overload\n    def get(self, a: int, b: int, c: int) -> int:\n        x = a.b(c)\n        return x\n"
    assert not clones("class A:\n" + stub + stub.replace("int", "str"))
    imports = "\n".join(f"    import module{n}" for n in range(20))
    assert not findings(f"def one():\n{imports}\n\ndef two():\n{imports}\n")


def test_a_function_defined_twice_is_told_apart():
    found = clones(module(function("f", RUN), function("f", RUN)))
    assert [site.symbol for site in found[0].sites] == ["example:f", "example:f#2"]


def test_ids_survive_moved_lines_and_unrelated_edits():
    code = module(INVOICE, REPORT)
    edited = "import os\n\n" + module(function("new", "a = os.getcwd()", after="return a"), INVOICE, REPORT)
    assert {finding.id for finding in findings(code)} == {finding.id for finding in findings(edited)}


def test_copies_in_different_files_are_found():
    found = clones({"pkg/a.py": INVOICE, "pkg/b.py": REPORT})
    assert [(site.path, site.symbol) for site in found[0].sites] == [
        ("pkg/a.py", "pkg.a:invoice"),
        ("pkg/b.py", "pkg.b:report"),
    ]


@settings(max_examples=30)
@given(st.permutations(list(range(4))), st.lists(st.sampled_from(["a.py", "b.py"]), min_size=4, max_size=4))
def test_neither_order_nor_place_of_functions_changes_the_clones(order, places):
    pieces = [INVOICE, REPORT, COPIED, function("third", RUN.replace("skipped", "gone"))]
    files = {"a.py": "", "b.py": ""}
    for number in order:
        files[places[number]] += "\n" + textwrap.dedent(pieces[number])
    assert sorted((f.cost, f.evidence["saving"]) for f in clones(files)) == sorted(
        (f.cost, f.evidence["saving"]) for f in clones(module(*map(textwrap.dedent, pieces)))
    )


def test_very_long_numbers_and_texts_are_read():
    body = f"x = 0x{'f' * 9000}\ny = '{'s' * 9000}'\nreturn x, y"
    assert findings(f"def f():\n{textwrap.indent(body, '    ')}\n") == ()


NEW_SYNTAX = """
def f(a):
    match a:
        case True | None | -1 | 'x':
            return 1
        case {'k': v, **rest} if v:
            return rest
        case [x, *more]:
            return more
        case A(b=c) as d:
            return d
    try:
        pass
    except* OSError as e:
        raise
"""


def test_new_syntax_is_read():
    assert findings(NEW_SYNTAX) == ()


def test_a_name_that_a_comprehension_binds_is_another_one_than_that_of_the_function():
    code = """
    def first(graph, weight):
        if graph.is_multigraph():
            if any(weight(u, v) < 0 for u, v in graph.loops(keys=True)):
                raise ValueError("negative cycle")
        elif any(weight(u, v) < 0 for u, v in graph.loops(keys=False)):
            raise ValueError("negative cycle")
        for NAME in graph.rest():
            graph.drop(NAME)

    def second(graph, weight):
        if graph.is_multigraph():
            if any(weight(u, v) < 0 for u, v in graph.loops(keys=True)):
                raise ValueError("negative cycle")
        elif any(weight(u, v) < 0 for u, v in graph.loops(keys=False)):
            raise ValueError("negative cycle")
        return graph.size
    """
    same, other = (score(Duplication(), code.replace("NAME", name)).findings for name in ("u", "node"))
    assert same == other
    assert any(finding.gated for finding in same)
