import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.diffusion.prompt import (
    BOS,
    CANVAS,
    EOS,
    FIRST_HOLE,
    MAX_HOLES,
    NAME_SLOT,
    PAD,
    SPECIAL_TOKENS,
    decode_slot,
    decode_slots,
    render,
    slots,
    task_token,
)
from engine.diffusion.snippet import HoleMarker
from engine.protocol import HoleKind

CODE = "def expand_rows(self, width):\n    if not self.is_open:\n        return [row for row in self._rows]\n"


@pytest.fixture(scope="module")
def tokenizer():
    from engine.training.tokenizer import learn

    return learn([CODE * 4], vocabulary=420)


@given(st.text(max_size=60))
def test_any_text_survives(text):
    assert TOKENIZER.decode(TOKENIZER.encode(text).ids, skip_special_tokens=False) == text


@given(st.lists(st.from_regex(r"[a-z]{1,5}(_[a-z]{1,2})?", fullmatch=True), min_size=1, max_size=MAX_HOLES))
def test_slots_are_read_as_they_were_written(texts):
    canvas = slots(texts, HoleKind.PARAMETER, TOKENIZER)
    if canvas is not None:
        assert len(canvas) == NAME_SLOT * len(texts)
        assert decode_slots(canvas, HoleKind.PARAMETER, TOKENIZER) == texts


def test_special_tokens_have_the_ids_that_prompts_use(tokenizer):
    assert [tokenizer.token_to_id(token) for token in SPECIAL_TOKENS] == list(range(len(SPECIAL_TOKENS)))
    assert tokenizer.token_to_id("<h0>") == FIRST_HOLE
    assert all(tokenizer.token_to_id(f"<{kind}>") == task_token(kind) for kind in HoleKind)


def test_pieces_end_where_words_of_a_name_end(tokenizer):
    pieces = tokenizer.encode("return self._expand_rows").tokens
    assert not any("_" in piece[1:] for piece in pieces)
    assert tokenizer.encode("row").ids == tokenizer.encode("(row").ids[1:]


def test_a_text_too_long_for_its_slot_gives_no_canvas(tokenizer):
    assert slots(["x" * 80], HoleKind.IDENTIFIER, tokenizer) is None


def test_a_slot_without_an_end_is_read_whole(tokenizer):
    ids = tokenizer.encode("rows").ids
    assert decode_slot([*ids, EOS, PAD, *ids], tokenizer) == "rows"
    assert decode_slot(ids, tokenizer) == "rows"


@given(st.integers(24, 200), st.integers(1, 30), st.integers(0, 4))
def test_a_prompt_keeps_its_budget_and_its_first_hole(budget, lines, more):
    definition = ("def ", HoleMarker(0), "(x):\n" + "    x = x + row\n" * lines)
    use = ("rows = ", HoleMarker(0), "(width)\n")
    prompt = render(HoleKind.HELPER_NAME, [definition] + [use] * more, TOKENIZER, budget)
    assert len(prompt) <= budget
    assert prompt[:2] == [BOS, task_token(HoleKind.HELPER_NAME)]
    assert prompt[-1] == CANVAS
    assert FIRST_HOLE in prompt


def _learned():
    from engine.training.tokenizer import learn

    return learn([CODE * 4], vocabulary=420)


TOKENIZER = _learned()
