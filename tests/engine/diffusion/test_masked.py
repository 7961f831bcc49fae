import pytest

from engine.protocol import EngineError, Hole, HoleKind
from engine.registry import create
from engine.testing import sketch_of

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

SKETCH = sketch_of(
    {"a.py": "def «helper»(rows, «limit»):\n    return rows[:«limit»]\n"},
    Hole("helper", HoleKind.HELPER_NAME, frozenset({"_cut"}), prefix="_"),
)


def test_texts_of_several_lengths_are_proposed_and_depend_on_the_seed(make_masked):
    engine = create(f"masked:{make_masked()}")
    found = list(engine.fill(SKETCH, candidates=8, seed=0))
    assert len({len(fill.texts["limit"]) for fill in found}) > 1
    assert all(fill.texts["helper"].startswith("_") for fill in found)
    assert found == list(engine.fill(SKETCH, candidates=8, seed=0))
    assert found != list(engine.fill(SKETCH, candidates=8, seed=1))


def test_no_mask_is_left_and_what_is_around_stays_within_the_context(make_masked, monkeypatch):
    engine = create(f"masked:{make_masked()}")
    mask, seen = engine.loaded.tokenizer.mask_token_id, []
    forward = engine.loaded.model.forward
    monkeypatch.setattr(
        engine.loaded.model, "forward", lambda **given: seen.append(given["input_ids"].clone()) or forward(**given)
    )
    for _, ids in engine._filled([1] * 3, [2] * 3, [1, 2, 3, 12], 0):
        assert mask not in ids
    engine._completions("a" * 500, "b" * 500, 3, 12, 0)
    assert max(ids.shape[1] for ids in seen) <= 128
    # Twelve masks in eight steps: the surest first, some at once.
    assert [int((ids == mask).sum()) for ids in seen[6:14]] == [12, 10, 8, 6, 4, 3, 2, 1]


def test_a_tokenizer_without_a_mask_is_refused(make_masked):
    with pytest.raises(EngineError, match="expected a tokenizer with a mask token, found none"):
        list(create(f"masked:{make_masked(mask=None)}").fill(SKETCH, candidates=1, seed=0))


@pytest.mark.parametrize("name", ["/no/such/folder", "nobody/no-such-model"])
def test_a_checkpoint_that_is_not_here_is_an_error_and_never_downloaded(name):
    with pytest.raises(EngineError, match=f"{name}: expected a local checkpoint"):
        list(create(f"masked:{name}").fill(SKETCH, candidates=1, seed=0))
