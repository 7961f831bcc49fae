import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from engine.diffusion.canvas import Noise  # noqa: E402
from engine.diffusion.nano import Nano  # noqa: E402
from engine.diffusion.prompt import EOS, PAD  # noqa: E402
from engine.diffusion.spell import _Beams, spell  # noqa: E402
from engine.protocol import Hole, HoleKind  # noqa: E402
from engine.testing import sketch_of  # noqa: E402

CODE = "def load(path):\n    return «helper»(path)\n\ndef «helper»(«p»):\n    return «p».read_text()\n"


@pytest.fixture(scope="module")
def view(tiny_checkpoint):
    # So few tokens are legal in a closed set that even a random model soon chooses the end.
    words = ("path", "render_invoice", "x_total_of_lines", "load_all", "read", "names")
    holes = (Hole(name, HoleKind.IDENTIFIER, choices=words) for name in ("helper", "p"))
    (found,) = Nano(tiny_checkpoint).reader.views(sketch_of({"a.py": CODE}, *holes), 0, lambda holes: {})
    return found


def spelt(view, rows, **more):
    noise = Noise(range(rows), view.slots.grammar.vocabulary)
    return spell(view.prompt, view.slots, view._marginals, noise, **more)


def test_a_row_is_read_until_its_texts_are_at_their_ends(view):
    drafts = []
    rows = spelt(view, 6, on_draft=lambda step, tokens: drafts.append(tokens.clone()))
    assert torch.equal(drafts[-1], rows)
    # All is read once more while a text can be longer, and no more when none can.
    is_spelt = [bool((draft.view(6, -1, view.slots.width) == EOS).any(-1).all()) for draft in drafts]
    assert not any(is_spelt[:-1])
    assert is_spelt[-1] or len(drafts) == view.slots.width - 1


VOCABULARY, WIDTH = 9, 5


class Chance:
    """A distribution of the next token that depends on the one before and on the place, for two slots."""

    def __init__(self, seed):
        torch.manual_seed(seed)
        self.firsts = torch.randn(2, VOCABULARY).index_fill(1, torch.tensor([PAD, EOS]), -torch.inf).log_softmax(-1)
        following = torch.randn(2, WIDTH, VOCABULARY, VOCABULARY)
        self.following = following.index_fill(3, torch.tensor([PAD]), -torch.inf).log_softmax(-1)

    def beams(self, rows):
        """As many as there are rows, searched to their ends."""
        beams = _Beams.begun(self.firsts, rows, WIDTH)
        for at in range(1, WIDTH):
            if left := beams.left:
                last = beams.tokens[:, :left, at - 1]
                beams.grow(torch.stack([self.following[slot, at][last[slot]] for slot in range(2)]), at)
        return beams

    def said(self, slot, tokens):
        """The log-probability of a text, up to its end."""
        text = tokens[: tokens.index(EOS) + 1] if EOS in tokens else tokens
        pairs = zip(range(1, WIDTH), text, text[1:], strict=False)
        return float(self.firsts[slot, text[0]] + sum(self.following[slot, at, a, b] for at, a, b in pairs))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rows", [1, 2, 7])
def test_beams_are_different_texts_with_their_probabilities(seed, rows):
    chance = Chance(seed)
    beams = chance.beams(rows)
    for slot in range(2):
        texts = beams.tokens[slot].tolist()
        assert len({tuple(text) for text in texts}) == rows
        assert beams.said[slot].tolist() == pytest.approx([chance.said(slot, text) for text in texts], abs=1e-4)
        for text in texts:
            assert PAD not in text[: text.index(EOS) if EOS in text else WIDTH]
    first = beams.ranked()[0].view(2, WIDTH).tolist()
    assert [chance.said(slot, first[slot]) for slot in range(2)] == pytest.approx(beams.said.max(-1).values.tolist())


@pytest.mark.parametrize("seed", range(4))
def test_one_beam_is_greedy_and_more_find_likelier_texts(seed):
    chance = Chance(seed)
    greedy = chance.beams(1).tokens[:, 0].tolist()
    for slot in range(2):
        token, at = int(chance.firsts[slot].argmax()), 0
        while token != EOS and at < WIDTH:
            assert greedy[slot][at] == token
            at += 1
            token = int(chance.following[slot, at][token].argmax()) if at < WIDTH else EOS
    wide = chance.beams(7)
    assert (wide.said.max(-1).values >= torch.tensor([chance.said(slot, greedy[slot]) for slot in range(2)])).all()


def test_the_second_token_is_chosen_among_all_pairs():
    chance = Chance(5)
    beams = _Beams.begun(chance.firsts, 7, WIDTH)
    beams.grow(torch.stack([chance.following[slot, 1][beams.tokens[slot, :, 0]] for slot in range(2)]), 1)
    for slot in range(2):
        pairs = (chance.firsts[slot][:, None] + chance.following[slot, 1]).flatten()
        assert torch.allclose(beams.said[slot].sort(descending=True).values, pairs.topk(7).values)


def test_where_there_are_fewer_texts_than_rows_the_first_stands_again():
    firsts = torch.full((1, VOCABULARY), -torch.inf)
    firsts[0, 7] = 0.0
    only = torch.full((1, 3, VOCABULARY), -torch.inf)
    only[..., EOS] = 0.0
    beams = _Beams.begun(firsts, 3, WIDTH)
    beams.grow(only, 1)
    assert beams.ranked().tolist() == [[7, EOS, PAD, PAD, PAD]] * 3


def test_when_the_time_is_over_what_is_not_at_its_end_is_empty(view):
    rows = spelt(view, 6, is_over=lambda: True)
    slots = rows.view(6, -1, view.slots.width)
    is_short = (slots[..., 1] == EOS) | (slots[..., 0] == EOS)
    assert is_short.all()
    assert (slots[..., 0] == EOS).any()
