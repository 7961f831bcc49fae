import json
from itertools import islice

import numpy as np
import pytest
import torch

from engine.diffusion.configuration import SIZES, build, configuration, load, parameters, save
from engine.diffusion.prompt import EOS, MASK, PAD
from engine.protocol import HoleKind
from engine.training.examples import Example, batches, collate, read, write
from engine.training.loss import corrupt
from engine.training.train import SNAPSHOT, Run, Schedule, _stream, _update, train

VOCABULARY = 96


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    # Threads that wait for each other cost more than these sizes gain, and one gives the same sums everywhere.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def examples():
    rng = np.random.default_rng(0)
    found = []
    for number in range(24):
        holes = 1 + number % 2
        word = rng.integers(32, 64)
        prompt = np.concatenate([[2, 14, 4], np.full(rng.integers(4, 20), word), [5]]).astype(np.uint16)
        canvas = np.tile([word, EOS, *[PAD] * 6], holes).astype(np.uint16)
        found.append(Example(HoleKind.HELPER_NAME, prompt, canvas, holes, False, "shop"))
    return found


def schedule(steps):
    return Schedule(size="nano-test", steps=steps, batch_tokens=120, warmup=2, log_every=1, snapshot_seconds=1e9)


def test_a_killed_run_goes_on_as_if_nothing_had_happened(examples, tmp_path):
    whole = train(schedule(8), examples, VOCABULARY, tmp_path / "whole")
    killed = Run(schedule(8), VOCABULARY, "cpu")
    for batch in islice(_stream(killed, examples), 3):
        _update(killed, batch)
    (tmp_path / "killed").mkdir()
    killed.save(tmp_path / "killed" / SNAPSHOT)
    resumed = train(schedule(8), examples, VOCABULARY, tmp_path / "killed")
    assert resumed.step == whole.step == 8
    assert resumed.tokens == whole.tokens
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(tensor, resumed.model.state_dict()[name]), name


def test_the_loss_falls_and_is_written_down(examples, tmp_path):
    train(schedule(40), examples, VOCABULARY, tmp_path)
    curve = [json.loads(line)["canvas"] for line in (tmp_path / "curve.jsonl").read_text().splitlines()]
    assert len(curve) == 40
    assert sum(curve[-5:]) < 0.8 * sum(curve[:5])


def test_an_epoch_holds_each_example_once_in_batches_of_one_width(examples):
    order = batches(examples, 120, seed=3)
    assert sorted(at for batch in order for at in batch) == list(range(len(examples)))
    for batch in order:
        chosen = [examples[at] for at in batch]
        assert len({len(example.canvas) for example in chosen}) == 1
        prompts, mask, canvas = collate(chosen)
        assert len(batch) == 1 or prompts.size + canvas.size <= 120
        assert [int(row.sum()) for row in mask] == [len(example.prompt) for example in chosen]


def test_examples_are_read_as_they_were_written(examples, tmp_path):
    write(examples, tmp_path)
    for before, after in zip(examples, read(tmp_path), strict=True):
        assert before.prompt.tolist() == after.prompt.tolist()
        assert before.canvas.tolist() == after.canvas.tolist()
        assert (before.kind, before.holes, before.package) == (after.kind, after.holes, after.package)


@pytest.mark.parametrize("noise", ["uniform", "mask", "mixture"])
def test_noise_leaves_everything_at_level_nought_and_nothing_at_one(noise):
    torch.manual_seed(0)
    canvas = torch.full((64, 8), 40)
    noisy = corrupt(canvas, torch.tensor([0.0] * 32 + [1.0] * 32), VOCABULARY, noise)
    assert torch.equal(noisy[:32], canvas[:32])
    assert (noisy[32:] == 40).float().mean() < 0.05
    masked = (noisy[32:] == MASK).all(-1).float().mean().item()
    assert {"uniform": masked < 0.01, "mask": masked == 1.0, "mixture": 0.2 < masked < 0.8}[noise]


def test_the_model_is_exactly_dense():
    from transformers import DiffusionGemmaForBlockDiffusion

    torch.manual_seed(0)
    model = build(SIZES["nano-test"], VOCABULARY).eval()
    # The same weights in a model that does compute its mixture of experts.
    mixed = DiffusionGemmaForBlockDiffusion(configuration(SIZES["nano-test"], VOCABULARY)).eval()
    mixed.set_experts_implementation("eager")
    mixed.load_state_dict(model.state_dict())
    prompt, canvas = torch.arange(20, 30)[None], torch.arange(40, 48)[None]
    with torch.no_grad():
        skipped, computed = (
            m(past_key_values=m.model.encoder(input_ids=prompt).past_key_values, decoder_input_ids=canvas).logits
            for m in (model, mixed)
        )
    assert torch.equal(skipped, computed)
    trained = [name for name, value in model.named_parameters() if value.requires_grad]
    assert not any(part in name for name in trained for part in ("expert", "router", "vision"))
    assert parameters(model)["unused"] < 10_000


def test_a_checkpoint_is_read_back_in_bfloat16_precision(tiny_checkpoint, tmp_path):
    model, tokenizer, card = load(tiny_checkpoint)
    save(tmp_path, model, tokenizer, card)
    again, _, same_card = load(tmp_path)
    assert same_card == card
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name
