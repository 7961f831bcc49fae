import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from engine.diffusion.canvas import Noise  # noqa: E402
from engine.diffusion.nano import Nano  # noqa: E402
from engine.diffusion.prompt import EOS  # noqa: E402
from engine.diffusion.spell import BRANCHES, spell  # noqa: E402
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


def ends(view, rows):
    """The pass in which each row has spelt all of its slots."""
    slots = rows.view(len(rows), -1, view.slots.width)
    return ((slots == EOS).long().argmax(-1) + (~(slots == EOS).any(-1)) * view.slots.width).max(-1).values


def test_rows_that_are_spelt_leave_and_the_others_go_on_as_without_them(view):
    whole = spelt(view, BRANCHES)
    assert len(set(ends(view, whole).tolist())) > 1
    for rows in range(1, BRANCHES):
        assert torch.equal(spelt(view, rows), whole[:rows])


def test_rows_that_begin_alike_go_on_with_another_token(view):
    rows = spelt(view, 2 * BRANCHES)
    first, second = rows[:BRANCHES], rows[BRANCHES:]
    at = torch.arange(0, view.slots.length, view.slots.width)
    assert torch.equal(first[:, at], second[:, at])
    assert (first[:, at + 1] != second[:, at + 1]).all()
