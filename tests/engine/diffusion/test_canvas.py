import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from engine.diffusion.canvas import GenerateNoise, Noise  # noqa: E402

KINDS = pytest.mark.parametrize("kind", [Noise, GenerateNoise])


def drawn(noise, rows, probabilities, is_open, is_wanted):
    """Tokens by row and position; -1 where none was wanted."""
    found = torch.full(is_open.shape, -1)
    found[is_wanted] = noise.sample(rows, probabilities[is_open], is_open, is_wanted)
    return found.tolist()


@KINDS
@settings(max_examples=40)
@given(st.data())
def test_a_sample_is_a_token_that_has_a_probability(kind, data):
    rows, length, vocabulary = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 4)), data.draw(st.integers(1, 6))
    weights = data.draw(
        st.lists(st.sampled_from([0.0, 1e-30, 1e-3, 1.0, 5.0]), min_size=rows * length * vocabulary,
                 max_size=rows * length * vocabulary)
    )  # fmt: skip
    probabilities = torch.tensor(weights).view(rows, length, vocabulary)
    # Some token must be possible everywhere.
    probabilities[..., -1] += (probabilities.sum(-1) < 1e-3).float()
    probabilities /= probabilities.sum(-1, keepdim=True)
    masks = st.lists(st.booleans(), min_size=rows * length, max_size=rows * length)
    is_open = torch.tensor(data.draw(masks)).view(rows, length)
    is_wanted = torch.tensor(data.draw(masks)).view(rows, length) & is_open
    noise = kind(range(rows), vocabulary)
    found = drawn(noise, range(rows), probabilities, is_open, is_wanted)
    for row in range(rows):
        for at in range(length):
            assert (found[row][at] == -1) == (not is_wanted[row, at])
            if is_wanted[row, at]:
                assert probabilities[row, at, found[row][at]] > 0


@KINDS
def test_tokens_are_drawn_as_often_as_they_are_likely(kind):
    wanted = torch.tensor([0.5, 0.0, 0.125, 0.375])
    length = 4000
    everywhere = torch.ones(1, length, dtype=torch.bool)
    (found,) = drawn(kind([7], 4), [0], wanted.expand(1, length, -1), everywhere, everywhere)
    shares = torch.bincount(torch.tensor(found), minlength=4) / length
    assert torch.allclose(shares, wanted, atol=0.03)


def test_a_draw_depends_on_its_own_row_and_position_only():
    probabilities = torch.full((3, 5, 50), 0.02)
    everywhere = torch.ones(3, 5, dtype=torch.bool)
    whole = drawn(Noise([1, 2, 3], 50), range(3), probabilities, everywhere, everywhere)
    some = everywhere.clone()
    some[:, ::2] = False
    part = drawn(Noise([1, 2, 3], 50), [0, 2], probabilities[[0, 2]], some[[0, 2]], some[[0, 2]])
    for row, few in zip((0, 2), part, strict=True):
        assert [few[at] for at in (1, 3)] == [whole[row][at] for at in (1, 3)]


def test_mask_noise_starts_from_the_mask_token():
    assert Noise([0, 1], 96, mask_token=7).canvas([0, 1], 4).tolist() == [[7] * 4] * 2


def test_the_first_canvas_over_a_text_is_the_text_and_later_ones_are_noisier():
    texts, is_noise = torch.full((6, 400), 9), torch.arange(400) >= 300
    rows = Noise(range(6), 96, mask_token=7).over(texts, is_noise.expand(6, -1))
    assert (rows[:, 300:] == 7).all()
    kept = (rows[:, :300] == 9).float().mean(-1)
    assert kept[0] == 1.0
    assert (kept.diff() < 0).all()
    assert 0.3 < kept[-1] < 0.5
