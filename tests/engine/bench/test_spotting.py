import ast

import pytest

pytest.importorskip("torch")

from engine.bench.faults import mutants, pairs
from engine.bench.spotting import CHANCE, LENGTH, SPOT, by_chance, main, measure, placed, table
from engine.diffusion.nano import Nano
from engine.diffusion.spotting import Spotting

SHOP = '''
def load_orders(path, limit):
    """Read the orders."""
    found = []
    for line in path.read_text().splitlines():
        number = int(line)
        if number > limit and number != 7:
            found.append(clip(number, limit))
    return found[:12]
'''
TEXTS = {f"shop{n}.py": SHOP.replace("load_orders", f"load_orders{n}") for n in range(6)} | {"broken.py": "def ("}


def test_a_mutant_has_one_slip_and_its_repair_undoes_it():
    found = mutants(TEXTS, 2, 0)
    assert len(found) == 6
    assert {case.sort for case in found} == {"name", "operator", "number", "arguments"}
    for case in found:
        (function,) = case.functions
        original = ast.dump(ast.parse(TEXTS[case.name.split(":")[0]].replace('    """Read the orders."""\n', "")))
        assert ast.dump(ast.parse(case.repair.applied(function.text))) == original
        (fault,) = case.faults
        assert function.statements[fault].start <= case.repair.start < function.statements[fault].end
    assert [case.name for case in mutants(TEXTS, 2, 0)] == [case.name for case in found]


def test_pairs_are_compared_by_statement_whatever_their_format(tmp_path):
    right = "def f(a,b):\n    c = a+b\n    if c:\n        c = 2\n    return c\n"
    for name, buggy in {
        "n_1": 'def f(a, b):\n    """Add."""\n    c = a - b\n    if c:\n        c = 2\n    return c\n',
        "n_2": "def f(a, b):\n    c = a + b\n    return c\n",
        "n_10": "def f(a, b):\n    c = a + b\n    if c:\n        c = 2\n    return  c\n",
    }.items():
        (tmp_path / f"{name}_buggy.py").write_text(buggy)
        (tmp_path / f"{name}_correct.py").write_text(right)
    found = pairs(tmp_path)
    assert [(case.name, case.faults) for case in found] == [("n_1", {0}), ("n_2", {0, 1}), ("n_10", set())]


def test_the_best_ranked_of_several_faults_counts_and_ties_keep_the_order():
    assert placed([1.0, 3.0, 3.0, 2.0], frozenset({0, 2})).depth == 0.5
    assert placed([1.0, 3.0, 3.0, 2.0], frozenset({1})).first == 1.0


def test_chance_is_what_all_orders_give_on_average():
    from itertools import permutations

    orders = [placed(order, frozenset({0, 3})) for order in permutations(range(5))]
    expected = by_chance(5, 2)
    for key in ("first", "three", "depth"):
        assert sum(getattr(one, key) for one in orders) / len(orders) == pytest.approx(getattr(expected, key))


def test_the_answer_has_every_ranking_with_its_interval(tiny_checkpoint):
    answer = measure(mutants(TEXTS, 1, 0), Spotting(Nano(tiny_checkpoint).reader), lambda _: None)
    assert answer["measured"] == answer["programs"] == 4
    assert {SPOT, CHANCE, LENGTH} <= set(answer["rankings"])
    for said in (*answer["rankings"].values(), *answer["spot_less"].values()):
        assert all(low <= mean <= high for mean, low, high in said.values())
    assert SPOT not in answer["spot_less"]
    assert any(line.startswith("spot less longest first") for line in table(answer))


def test_it_runs_as_a_command_and_says_what_it_cannot_do(tmp_path, tiny_checkpoint, capsys):
    (tmp_path / "shop.py").write_text(SHOP)
    figures = tmp_path / "figures.json"
    asked = ["mutants", str(tmp_path / "shop.py"), "--checkpoint", str(tiny_checkpoint), "--json", str(figures)]
    assert main(asked) == 0
    assert "1 of 1 programs" in capsys.readouterr().out
    assert figures.is_file()
    assert main(["pairs", str(tmp_path), "--checkpoint", str(tmp_path / "none")]) == 2
    assert "expected a folder with a checkpoint" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main(["pairs", str(tmp_path / "empty"), "--checkpoint", str(tiny_checkpoint)]) == 2
