import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from engine.diffusion import classed  # noqa: E402
from engine.diffusion.canvas import Canvas, GenerateNoise, Noise  # noqa: E402
from engine.diffusion.configuration import Size, build, load, save  # noqa: E402
from engine.diffusion.denoise import Settings, denoise  # noqa: E402
from engine.diffusion.linear import Precision, linear  # noqa: E402
from engine.diffusion.network import Network  # noqa: E402

PROMPT = [2, 40, 41, 42, 9, 9, 30, 31, 77, 5, 12, 13]
ROWS, LENGTH = 3, 10


@pytest.fixture(scope="module")
def both(tiny_checkpoint, tmp_path_factory):
    """A checkpoint whose norms and scales are not all one, as its network and as a model of the class."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tiny_checkpoint / "tokenizer.json"))
    torch.manual_seed(3)
    # A window shorter than the prompt, so that sliding layers forget its beginning.
    size = Size(hidden=32, layers=4, heads=4, kv_heads=2, intermediate=48, head_dim=16, full_every=2, window=8)
    model = build(size, tokenizer.get_vocab_size())
    for name, parameter in model.named_parameters():
        if "norm" in name and "layernorm_2" not in name:
            parameter.data.mul_(torch.rand_like(parameter) + 0.5)
    for layer in model.model.decoder.layers:
        layer.layer_scalar.fill_(0.75)
    for layer in model.model.encoder.language_model.layers:
        layer.layer_scalar.fill_(0.75)
    folder = tmp_path_factory.mktemp("both")
    save(folder, model, tokenizer, {"noise": "uniform"})
    return Network(folder, precision=Precision.FLOAT32), load(folder)[0]


@torch.inference_mode()
def canvases_of(prompt, vocabulary):
    """Logits of two passes, the second one conditioned by the first."""
    torch.manual_seed(1)
    tokens = torch.randint(vocabulary, (ROWS, LENGTH))
    is_open = torch.rand(ROWS, LENGTH) < 0.7
    canvases, whole = prompt.canvases(ROWS, LENGTH), slice(0, ROWS)
    canvases.read(tokens)
    first = canvases.logits(whole, is_open).clone()
    canvases.condition(whole, is_open, first.softmax(-1))
    canvases.keep(torch.tensor([2, 0]))
    canvases.read(tokens[[2, 0]])
    return first, canvases.logits(slice(0, 2), is_open[[2, 0]])


def test_the_network_computes_what_the_class_computes(both):
    network, model = both
    ours = canvases_of(network.encode(PROMPT), network.vocabulary)
    theirs = canvases_of(classed.encode(model, PROMPT), network.vocabulary)
    for our, their in zip(ours, theirs, strict=True):
        torch.testing.assert_close(our, their, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("side", [0, 1], ids=["network", "class"])
@torch.inference_mode()
def test_rows_of_several_lengths_say_what_each_says_alone(both, side):
    network, model = both
    prompt = network.encode(PROMPT) if side == 0 else classed.encode(model, PROMPT)
    torch.manual_seed(4)
    tokens, lengths = torch.randint(network.vocabulary, (ROWS, LENGTH)), torch.tensor([4, 10, 7])
    is_within = torch.arange(LENGTH) < lengths[:, None]

    def said(tokens, is_wanted, canvases):
        """Logits of a second pass, conditioned by the first."""
        whole = slice(0, len(tokens))
        canvases.read(tokens)
        canvases.condition(whole, is_wanted, canvases.logits(whole, is_wanted).softmax(-1))
        canvases.read(tokens)
        return canvases.logits(whole, is_wanted)

    together = said(tokens, is_within, prompt.canvases(ROWS, LENGTH, lengths)).split(lengths.tolist())
    for row, length in enumerate(lengths.tolist()):
        wanted = torch.ones(1, length, dtype=torch.bool)
        alone = said(tokens[row : row + 1, :length], wanted, prompt.canvases(1, length))
        torch.testing.assert_close(together[row], alone, atol=3e-5, rtol=1e-4)


@pytest.mark.parametrize("settles", [False, True])
def test_what_stands_behind_the_end_of_a_row_changes_nothing(both, settles):
    network, _ = both
    lengths, found = torch.tensor([5, LENGTH, 8]), []
    is_frozen = torch.arange(LENGTH) >= lengths[:, None]
    for behind in (3, 60):
        tokens = torch.full((ROWS, LENGTH), behind)
        canvas = Canvas(tokens, is_frozen, lengths=lengths)
        noise = Noise(range(ROWS), network.vocabulary)
        found.append(denoise(network, network.encode(PROMPT), canvas, noise, Settings(steps=4, settles=settles)))
        assert torch.equal(found[-1].tokens[is_frozen], tokens[is_frozen])
    assert torch.equal(found[0].tokens[~is_frozen], found[1].tokens[~is_frozen])
    assert torch.equal(found[0].logprobs, found[1].logprobs)


@torch.inference_mode()
def test_positions_that_are_read_alone_say_what_they_say_among_all(both):
    network, _ = both
    torch.manual_seed(2)
    tokens = torch.randint(network.vocabulary, (ROWS, LENGTH))
    # As many in no two rows.
    is_some = torch.arange(LENGTH) % torch.tensor([[2], [3], [5]]) == 1
    canvases = network.encode(PROMPT).canvases(ROWS, LENGTH)
    canvases.read(tokens)
    expected = canvases.logits(slice(0, ROWS), is_some).clone()
    canvases.read(tokens, is_some)
    found = canvases.logits(slice(0, ROWS), is_some)
    torch.testing.assert_close(found, expected, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("how", [Settings(steps=5, settles=True), Settings(steps=5, begins_alike=True)], ids=str)
def test_savings_depend_on_no_other_row(both, how):
    network, _ = both
    prompt = network.encode(PROMPT)
    together = denoise(network, prompt, Canvas.blank(4, LENGTH), Noise(range(4), network.vocabulary), how)
    for seed in range(4):
        alone = denoise(network, prompt, Canvas.blank(1, LENGTH), Noise([seed], network.vocabulary), how)
        assert torch.equal(alone.tokens[0], together.tokens[seed])


@pytest.mark.parametrize("seed", range(3))
def test_the_loop_over_the_network_is_token_identical_to_generate(both, seed):
    network, model = both
    how = Settings(steps=6, entropy_bound=3.0, confidence=0.01)
    from transformers.models.diffusion_gemma.generation_diffusion_gemma import EntropyBoundSamplerConfig

    torch.manual_seed(seed)
    model.config.canvas_length = LENGTH
    expected = model.generate(
        torch.tensor([PROMPT]), max_new_tokens=LENGTH, max_denoising_steps=how.steps, eos_token_id=None,
        sampler_config=EntropyBoundSamplerConfig(how.entropy_bound), confidence_threshold=how.confidence,
        t_min=how.last_temperature, t_max=how.first_temperature,
    ).sequences[0, len(PROMPT) :]  # fmt: skip
    noise = GenerateNoise([seed], network.vocabulary)
    found = denoise(network, network.encode(PROMPT), Canvas.blank(1, LENGTH), noise, how)
    assert found.tokens[0].tolist() == expected.tolist()


tokens = st.lists(st.integers(0, 90), min_size=LENGTH, max_size=LENGTH)
masks = st.lists(st.booleans(), min_size=LENGTH, max_size=LENGTH)


@settings(max_examples=15)
@given(
    st.lists(st.tuples(tokens, masks), min_size=1, max_size=3),
    st.integers(0, 1000),
    st.booleans(),
    st.builds(Settings, steps=st.just(4), settles=st.booleans(), begins_alike=st.booleans()),
)
def test_frozen_positions_never_change_and_the_same_seed_gives_the_same_canvas(both, rows, seed, is_warm, how):
    network, _ = both
    frozen, is_frozen = torch.tensor([row[0] for row in rows]), torch.tensor([row[1] for row in rows])
    found, drafts = [], []
    for _ in range(2):
        found.append(
            denoise(
                network,
                network.encode(PROMPT),
                Canvas(frozen, is_frozen, is_warm=is_warm),
                Noise(range(seed, seed + len(rows)), network.vocabulary),
                how,
                on_draft=lambda _, draft: drafts.append(draft),
            )
        )
    for draft in [*drafts, found[0].tokens]:
        assert torch.equal(draft[is_frozen], frozen[is_frozen])
    assert torch.equal(found[0].tokens, found[1].tokens)
    assert torch.equal(found[0].logprobs, found[1].logprobs)


@pytest.mark.parametrize("precision", [Precision.BFLOAT16, Precision.INT8])
def test_fewer_bits_keep_frozen_positions_and_say_nearly_the_same(both, tiny_checkpoint, precision):
    exact, rough = (Network(tiny_checkpoint, precision=kind) for kind in (Precision.FLOAT32, precision))
    first, second = (canvases_of(network.encode(PROMPT), network.vocabulary)[1] for network in (exact, rough))
    assert (first.softmax(-1) - second.softmax(-1)).abs().max() < 0.01
    tokens = torch.arange(20, 20 + LENGTH).expand(ROWS, -1)
    is_frozen = (torch.arange(LENGTH) % 2 == 0).expand(ROWS, -1)
    noise = Noise(range(ROWS), rough.vocabulary)
    found = denoise(rough, rough.encode(PROMPT), Canvas(tokens, is_frozen), noise, Settings(steps=4))
    assert torch.equal(found.tokens[is_frozen], tokens[is_frozen])


@pytest.mark.parametrize("precision", Precision)
def test_linear_maps_are_near_the_exact_one(precision):
    torch.manual_seed(0)
    weight, hidden = torch.randn(24, 16), torch.randn(2, 5, 16)
    error = linear(weight, precision)(hidden) - hidden @ weight.T
    assert error.abs().max() < {Precision.FLOAT32: 1e-5, Precision.BFLOAT16: 0.1, Precision.INT8: 0.25}[precision]
