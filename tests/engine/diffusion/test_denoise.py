from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from engine.diffusion.canvas import Canvas, GenerateNoise, Noise  # noqa: E402
from engine.diffusion.denoise import Settings, denoise, encode  # noqa: E402

VOCABULARY, LENGTH = 96, 12
PROMPT = [2, 40, 41, 42, 9, 9, 30, 31]
# So cold that rows of a random model become sure and stop, each at its own step.
EAGER = Settings(steps=20, entropy_bound=5.0, confidence=0.5, first_temperature=0.04, last_temperature=0.02)
LASTING = Settings(steps=6, entropy_bound=3.0, settles=True)


@pytest.fixture(scope="module")
def model():
    from transformers import (
        DiffusionGemmaConfig,
        DiffusionGemmaForBlockDiffusion,
        DiffusionGemmaTextConfig,
        Gemma4VisionConfig,
    )

    text = DiffusionGemmaTextConfig(
        vocab_size=VOCABULARY, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=1, head_dim=16, global_head_dim=16, num_global_key_value_heads=1,
        max_position_embeddings=256, sliding_window=64, layer_types=["sliding_attention", "full_attention"],
        num_experts=1, top_k_experts=1, moe_intermediate_size=8, pad_token_id=0, eos_token_id=1, bos_token_id=2,
    )  # fmt: skip
    vision = Gemma4VisionConfig(
        hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, num_key_value_heads=1,
        head_dim=8, patch_size=4, position_embedding_size=4,
    )  # fmt: skip
    torch.manual_seed(0)
    config = DiffusionGemmaConfig(
        text_config=text, vision_config=vision, canvas_length=LENGTH, pad_token_id=0, eos_token_id=1, bos_token_id=2
    )
    built = DiffusionGemmaForBlockDiffusion(config).eval()
    # Sharper than a random start, so that rows stop at different steps.
    built.model.decoder.norm.weight.data.mul_(8.0)
    return built


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("how", [Settings(steps=1), Settings(steps=6), Settings(entropy_bound=3.0), EAGER], ids=str)
def test_the_loop_is_token_identical_to_generate(model, seed, how):
    from transformers.models.diffusion_gemma.generation_diffusion_gemma import EntropyBoundSamplerConfig

    torch.manual_seed(seed)
    expected = model.generate(
        torch.tensor([PROMPT]), max_new_tokens=LENGTH, max_denoising_steps=how.steps, eos_token_id=None,
        sampler_config=EntropyBoundSamplerConfig(how.entropy_bound), confidence_threshold=how.confidence,
        t_min=how.last_temperature, t_max=how.first_temperature,
    ).sequences[0, len(PROMPT) :]  # fmt: skip
    found = denoise(model, encode(model, PROMPT), Canvas.blank(1, LENGTH), GenerateNoise([seed], VOCABULARY), how)
    assert found.tokens[0].tolist() == expected.tolist()


tokens = st.lists(st.integers(0, VOCABULARY - 1), min_size=LENGTH, max_size=LENGTH)
masks = st.lists(st.booleans(), min_size=LENGTH, max_size=LENGTH)


@settings(max_examples=15)
@given(
    st.lists(st.tuples(tokens, masks), min_size=1, max_size=3),
    st.integers(0, 1000),
    st.booleans(),
    st.builds(Settings, steps=st.just(4), settles=st.booleans(), begins_alike=st.booleans()),
)
def test_frozen_positions_never_change(model, rows, seed, is_warm, how):
    frozen, is_frozen = torch.tensor([row[0] for row in rows]), torch.tensor([row[1] for row in rows])
    canvas = Canvas(frozen, is_frozen, is_warm=is_warm)
    drafts = []
    found = denoise(
        model, encode(model, PROMPT), canvas, Noise(range(seed, seed + len(rows)), VOCABULARY), how,
        on_draft=lambda _, draft: drafts.append(draft),
    )  # fmt: skip
    for draft in [*drafts, found.tokens]:
        assert torch.equal(draft[is_frozen], frozen[is_frozen])
    assert (found.logprobs[is_frozen] == 0).all()
    assert (found.logprobs[~is_frozen] <= 0).all()


@pytest.mark.parametrize("mask_token", [None, 7])
@pytest.mark.parametrize("how", [EAGER, LASTING, replace(LASTING, settles=False), replace(LASTING, begins_alike=True)])
def test_the_same_seed_gives_the_same_canvas_whatever_else_is_in_the_batch(model, how, mask_token):
    prompt = encode(model, PROMPT)
    together = denoise(model, prompt, Canvas.blank(5, LENGTH), Noise(range(5), VOCABULARY, mask_token), how)
    if how == EAGER:
        assert (len(set(together.steps)) > 1) == (mask_token is None)
    else:
        assert len({tuple(row) for row in together.tokens.tolist()}) > 1
    for seed in range(5):
        alone = denoise(model, prompt, Canvas.blank(1, LENGTH), Noise([seed], VOCABULARY, mask_token), how)
        assert torch.equal(alone.tokens[0], together.tokens[seed])
        torch.testing.assert_close(alone.logprobs[0], together.logprobs[seed], atol=1e-4, rtol=1e-4)
        assert alone.steps == (together.steps[seed],)


@pytest.mark.parametrize("seed", range(4))
def test_what_settles_stays_and_an_equal_share_does_in_each_step(model, seed):
    drafts = []
    how = Settings(steps=5, settles=True, entropy_bound=0.0)
    found = denoise(
        model, encode(model, PROMPT), Canvas.blank(3, LENGTH), Noise(range(seed, seed + 3), VOCABULARY), how,
        on_draft=lambda _, draft: drafts.append(draft),
    )  # fmt: skip
    for step, draft in enumerate(drafts, start=1):
        assert ((draft == found.tokens).sum(-1) >= step * LENGTH / how.steps).all()
    assert found.steps == (5, 5, 5)
    assert (found.logprobs < 0).all()


def test_a_row_that_is_settled_everywhere_is_done(model):
    how = Settings(steps=9, settles=True, entropy_bound=1e6, confidence=0.0)
    found = denoise(model, encode(model, PROMPT), Canvas.blank(2, LENGTH), Noise([1, 2], VOCABULARY), how)
    assert found.steps == (1, 1)


def test_different_seeds_give_different_canvases(model):
    found = denoise(
        model, encode(model, PROMPT), Canvas.blank(4, LENGTH), Noise(range(4), VOCABULARY), Settings(steps=4)
    )
    assert len({tuple(row) for row in found.tokens.tolist()}) > 1


def test_banned_and_disallowed_tokens_never_appear(model):
    allowed = torch.zeros(1, LENGTH, VOCABULARY, dtype=torch.bool)
    allowed[:, :, 10:20] = True
    allowed[:, 3, :] = False
    allowed[:, 3, [12, 50]] = True
    canvas = Canvas(torch.zeros(3, LENGTH, dtype=torch.long), torch.zeros(3, LENGTH, dtype=torch.bool), allowed)
    found = denoise(
        model, encode(model, PROMPT), canvas, Noise(range(3), VOCABULARY), Settings(steps=5), banned=[12, 13]
    )
    assert set(found.tokens.flatten().tolist()) <= {10, 11, *range(14, 20), 50}
    assert (found.tokens[:, 3] == 50).all()


def test_drafts_are_streamed_step_by_step(model):
    seen = []
    found = denoise(
        model, encode(model, PROMPT), Canvas.blank(2, LENGTH), Noise([1, 2], VOCABULARY), Settings(5, confidence=0.0),
        on_draft=lambda step, draft: seen.append((step, draft)),
    )  # fmt: skip
    assert [step for step, _ in seen] == [1, 2, 3, 4, 5]
    assert torch.equal(seen[-1][1], found.tokens)


def test_a_loop_whose_time_is_over_gives_the_drafts_it_has(model):
    drafts = []
    found = denoise(
        model, encode(model, PROMPT), Canvas.blank(2, LENGTH), Noise([1, 2], VOCABULARY), Settings(9, confidence=0.0),
        on_draft=lambda _, draft: drafts.append(draft), is_over=lambda: len(drafts) == 3,
    )  # fmt: skip
    assert found.steps == (3, 3)
    assert torch.equal(found.tokens, drafts[2])


def test_a_prompt_serves_any_number_of_calls(model):
    prompt = encode(model, PROMPT)
    first = denoise(model, prompt, Canvas.blank(3, LENGTH), Noise(range(3), VOCABULARY), Settings(steps=3))
    again = denoise(model, prompt, Canvas.blank(3, LENGTH), Noise(range(3), VOCABULARY), Settings(steps=3))
    assert torch.equal(first.tokens, again.tokens)
