import pytest

torch = pytest.importorskip("torch")

from engine.bench.latency import Shape, measure_latency, opened, shapes, write_on  # noqa: E402
from engine.diffusion.linear import Precision  # noqa: E402
from engine.diffusion.network import Network  # noqa: E402
from engine.protocol import EngineError  # noqa: E402


@pytest.fixture(scope="module")
def model(tiny_checkpoint):
    return Network(tiny_checkpoint, precision=Precision.FLOAT32)


def test_writing_on_token_by_token_is_the_causal_model_of_the_same_weights(model, tiny_checkpoint):
    prompt = [2, 30, 41, 52, 63, 74]
    start = torch.tensor([[80], [90]])
    written = write_on(model.encode(prompt), start, 5)
    from engine.diffusion.configuration import load

    class_model = load(tiny_checkpoint)[0]
    for row, first in zip(written.tolist(), (80, 90), strict=True):
        # What it wrote is what one causal pass over all of it finds likeliest at each place.
        whole = torch.tensor([[*prompt, first, *row[:-1]]])
        with torch.inference_mode():
            likeliest = class_model.lm_head(class_model.model.encoder(input_ids=whole).last_hidden_state).argmax(-1)
        assert likeliest[0, len(prompt) :].tolist() == row


def test_rows_have_what_the_contract_names_and_autoregressive_ones_stand_beside(model):
    wanted = list(shapes(lengths=(4,), steps=(2,), candidates=(1, 3)))
    rows = measure_latency(model, "tiny", [2, 30, 41], wanted, lambda _: None)
    assert [row["engine"] for row in rows] == ["tiny", "tiny, settling", "tiny, autoregressive"] * 2
    assert [row["steps"] for row in rows] == [2, 2, 4] * 2
    assert [row["tokens_per_forward"] for row in rows] == [2.0, 2.0, 1.0, 6.0, 6.0, 3.0]
    assert all(row["wall_seconds"] > 0 and row["cpu_seconds"] > 0 for row in rows)
    assert [row["candidates_per_second"] > 0 for row in rows] == [True] * 6
    assert all(row["first_seconds"] >= row["wall_seconds"] for row in rows)
    assert all(0 <= row["share_of_peak"] < 1 for row in rows)
    assert rows[0]["peak"]["source"] == "measured"
    assert {"device", "dtype", "threads", "prompt", "length"} <= set(rows[0])


def test_shapes_that_would_not_fit_are_left_out():
    assert Shape(256, 4, 8) in set(shapes())
    assert Shape(256, 4, 64) not in set(shapes())


@pytest.mark.parametrize(
    ("device", "dtype", "said"),
    [("tpu", None, "expected cpu or cuda, got 'tpu'"), ("cpu", "int4", "expected float32, bfloat16, int8, got 'int4'")],
)
def test_what_this_machine_cannot_do_is_said(tiny_checkpoint, device, dtype, said):
    with pytest.raises(EngineError, match=said):
        opened(tiny_checkpoint, device, dtype)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a place without a card")
def test_a_card_that_is_not_there_is_missed(tiny_checkpoint):
    with pytest.raises(EngineError, match="found none"):
        opened(tiny_checkpoint, "cuda", None)
