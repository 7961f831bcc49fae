import pytest
import torch
from torch.nn import functional

from engine.diffusion.configuration import SIZES, build
from engine.diffusion.linear import Precision
from engine.training.learner import Learner, visible
from engine.training.scoring import score

VOCABULARY, PROMPT, CANVAS = 96, 14, 8


@pytest.fixture
def model():
    torch.manual_seed(3)
    made = build(SIZES["nano-test"], VOCABULARY)
    for name, value in made.named_parameters():
        # Gains of one and values of nought would hide what is mixed up.
        if value.requires_grad:
            value.data.add_(torch.randn_like(value) * (0.3 if "norm" in name else 0.05))
    return made


def batch():
    torch.manual_seed(5)
    prompts, canvas = torch.randint(8, VOCABULARY, (3, PROMPT)), torch.randint(8, VOCABULARY, (3, CANVAS))
    is_prompt, is_canvas = torch.ones_like(prompts), torch.ones_like(canvas)
    is_prompt[1, :5], is_canvas[2, 6:] = 0, 0
    return prompts, is_prompt, canvas, is_canvas


@pytest.mark.parametrize("window", [512, 6])
def test_a_learner_computes_what_the_class_computes(model, window):
    for text in (model.config.text_config, model.model.decoder.text_config):
        text.sliding_window = window
    for layer in (*model.model.decoder.layers, *model.model.encoder.language_model.layers):
        layer.self_attn.sliding_window = layer.self_attn.sliding_window and window
    prompts, is_prompt, canvas, is_canvas = batch()
    reading = {"decoder_input_ids": canvas, "decoder_attention_mask": torch.cat([is_prompt, is_canvas], 1).bool()}
    with torch.no_grad():
        encoded = model.model.encoder(input_ids=prompts, attention_mask=is_prompt)
        first = model(past_key_values=encoded.past_key_values, **reading).logits
        again = model(past_key_values=encoded.past_key_values, self_conditioning_logits=first, **reading).logits
    learner, ones = Learner(model, Precision.FLOAT32), torch.ones(canvas.numel())
    read = learner.read(prompts, is_prompt, canvas, is_canvas)
    found = learner.score(read.canvas.flatten(0, 1), canvas.flatten(), ones)
    guess = found.guess.view(*canvas.shape, -1)
    then = learner.score(learner.read_again(read, canvas, guess).flatten(0, 1), canvas.flatten(), ones)
    for logits, scores in ((first, found), (again, then)):
        wanted = functional.cross_entropy(logits.flatten(0, 1), canvas.flatten(), reduction="none")
        real = is_canvas.flatten().bool()
        assert torch.allclose(wanted[real], scores.nats[real], atol=1e-4)
        assert torch.equal((logits.argmax(-1) == canvas).flatten()[real], scores.is_right[real])
    real = is_prompt.bool()
    normed = model.model.encoder.language_model.norm(read.prompts)
    assert torch.allclose(encoded.last_hidden_state[real], normed[real], atol=1e-4)


def test_every_parameter_that_learns_gets_a_gradient_and_no_other(model):
    prompts, is_prompt, canvas, is_canvas = batch()
    learner = Learner(model, Precision.FLOAT32)
    read = learner.read(prompts, is_prompt, canvas, is_canvas)
    weights = torch.full((canvas.numel(),), 1 / canvas.numel())
    found = learner.score(read.canvas.flatten(0, 1), canvas.flatten(), weights)
    hidden = learner.read_again(read, canvas, found.guess.view(*canvas.shape, -1))
    (found.total + learner.score(hidden.flatten(0, 1), canvas.flatten(), weights).total).backward()
    for name, value in model.named_parameters():
        assert (value.grad is not None) == value.requires_grad, name
        assert value.grad is None or value.grad.abs().sum() > 0, name


def test_the_gradient_made_on_the_way_is_the_one_that_autograd_finds():
    torch.manual_seed(1)
    # More positions than are taken at once.
    hidden, embedding = torch.randn(300, 16, requires_grad=True), torch.randn(50, 16, requires_grad=True)
    wanted, weights = torch.randint(0, 50, (300,)), torch.rand(300)
    found = score(hidden, embedding, wanted, weights, 5.0)
    logits = 5.0 * torch.tanh(hidden @ embedding.T / 5.0)
    nats = functional.cross_entropy(logits, wanted, reduction="none")
    expected = torch.autograd.grad((nats * weights).sum() * 3.0, [hidden, embedding])
    got = torch.autograd.grad(found.total * 3.0, [hidden, embedding])
    assert torch.allclose(nats, found.nats, atol=1e-5)
    assert torch.allclose(logits.softmax(-1) @ embedding, found.guess, atol=1e-5)
    for a, b in zip(expected, got, strict=True):
        assert torch.allclose(a, b, atol=1e-4)


def test_a_prompt_sees_back_and_a_canvas_sees_itself_and_the_end_of_the_prompt():
    seen = visible(7, 4, 2, torch.device("cpu")).int().tolist()
    assert seen == [
        [1, 0, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0, 0],
        [0, 1, 1, 0, 0, 0, 0],
        [0, 0, 1, 1, 0, 0, 0],
        [0, 0, 0, 1, 1, 1, 1],
        [0, 0, 0, 1, 1, 1, 1],
        [0, 0, 0, 1, 1, 1, 1],
    ]
