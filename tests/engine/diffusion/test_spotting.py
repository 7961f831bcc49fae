import math

import pytest

torch = pytest.importorskip("torch")

from engine.diffusion.nano import Nano  # noqa: E402
from engine.diffusion.spotting import Spotting  # noqa: E402
from engine.spot.edits import SmallEdit, small_edits  # noqa: E402
from engine.spot.functions import functions_of  # noqa: E402

CODE = """def load_rows(path, limit, first):
    found = [parse_row(line) for line in read_lines(path)[:limit]]
    if found and found[0] is first:
        found += read_lines(path, limit)
    return found
"""


@pytest.fixture(scope="module")
def reader(tiny_checkpoint):
    return Nano(tiny_checkpoint).reader


@pytest.fixture(scope="module")
def function():
    return functions_of(CODE)[0]


def test_equal_seeds_give_equal_odds_and_the_left_knows_no_seed(reader, function):
    edits = small_edits(function)
    first, second, other = (Spotting(reader, seed).odds(function, edits) for seed in (0, 0, 1))
    assert first == second != other
    assert [one.left for one in first] == [one.left for one in other]


def test_an_edit_is_read_the_same_alone_and_among_others_of_its_passage(reader, function):
    edits = small_edits(function)
    at = next(n for n, edit in enumerate(edits) if edit.sort == "number")
    (alone,) = Spotting(reader).odds(function, [edits[at]])
    assert alone.left == pytest.approx(Spotting(reader).odds(function, edits)[at].left, abs=0.02)
    assert alone.both is not None


def test_what_lies_in_no_passage_is_known_from_the_left_only(reader, function):
    edits = small_edits(function)
    said = dict(zip(edits, Spotting(reader).odds(function, edits), strict=True))
    assert {edit.text for edit, odds in said.items() if odds.both is None} == {"-"}
    assert all(math.isfinite(odds.left) for odds in said.values())


def test_an_edit_and_its_undoing_have_opposite_odds_from_the_left(reader, function):
    for edit in small_edits(function):
        own = function.text[edit.start : edit.end]
        (after,) = functions_of(edit.applied(function.text))
        undoing = SmallEdit(edit.sort, edit.start, edit.start + len(edit.text), own)
        (there,), (back,) = Spotting(reader).odds(function, [edit]), Spotting(reader).odds(after, [undoing])
        assert there.left == pytest.approx(-back.left, abs=0.02), (own, edit.text)


def test_log_probabilities_of_all_tokens_are_those_of_the_causal_pass(reader, function):
    tokens = Spotting(reader).surprise(function)
    assert [token.start for token in tokens] == sorted({token.start for token in tokens})
    assert all(token.left <= 0 and (token.both is None or token.both <= 0) for token in tokens)
    ids = reader.tokenizer.encode(CODE, add_special_tokens=False).ids
    whole = reader.model.next_tokens(ids)
    assert whole.exp().sum(-1) == pytest.approx(torch.ones(len(ids)), abs=1e-3)
    # What stands to the right changes nothing to the left.
    assert torch.allclose(whole[:9], reader.model.next_tokens(ids[:9]), atol=0.02)


def test_a_function_longer_than_the_model_reads_is_read_in_windows(reader):
    body = "".join(f"    total{n} = price * {n}\n" for n in range(60))
    (long,) = functions_of(f"def load(price):\n{body}    return price\n")
    tokens = Spotting(reader).surprise(long)
    assert len(tokens) > reader.card["budget"]
    assert len({token.start for token in tokens}) == len(tokens)
    edits = small_edits(long)
    assert len(Spotting(reader).odds(long, edits)) == len(edits)
