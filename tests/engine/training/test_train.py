import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
import torch

from engine.diffusion.configuration import SIZES, build, configuration, load, parameters, save
from engine.diffusion.linear import Precision
from engine.diffusion.prompt import MASK, PAD
from engine.training import snapshot
from engine.training.__main__ import main
from engine.training.bundle import write
from engine.training.examples import collate
from engine.training.export import export
from engine.training.feed import Feed, Plan, drawn
from engine.training.held_out import examine, held_out_examples
from engine.training.learner import Learner
from engine.training.loss import Objective, Tensors, corrupt, levels, loss
from engine.training.snapshot import PREVIOUS, SNAPSHOT, SnapshotError
from engine.training.train import CURVE, Run, Schedule, train

VOCABULARY = 96
PLAN = Plan(budget=96, group_characters=3000, shares=2)


def schedule(steps, **changes):
    return Schedule(
        **{"size": "nano-test", "steps": steps, "batch_tokens": 500, "warmup": 2, "log_every": 1, **changes}
    )


def curve(folder):
    return [json.loads(line) for line in (folder / CURVE).read_text().splitlines()]


def steps_of(folder):
    return [line["step"] for line in curve(folder) if "canvas" in line]


def assert_equal_weights(first, second):
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name


def test_a_run_that_is_killed_comes_out_as_if_it_had_never_stopped(bundle, tmp_path):
    write(bundle, tmp_path / "bundle")
    asked = ["train", "--bundle", tmp_path / "bundle", "--size", "nano-test", "--device", "cpu", "--steps", "24"]
    asked += ["--batch-tokens", "500", "--budget", "96", "--snapshot-seconds", "0", "--folder"]
    folder = tmp_path / "killed" / "run"
    command = [sys.executable, "-m", "engine.training", *map(str, asked), tmp_path / "killed"]
    with subprocess.Popen(command) as process:
        while not (folder / PREVIOUS).is_file():
            assert process.poll() is None
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
    state = snapshot.read(folder)
    assert 1 <= state["at"][0] < 24
    for name in ("killed", "whole"):
        main([*map(str, asked), str(tmp_path / name)])
    whole, resumed = snapshot.read(tmp_path / "whole" / "run"), snapshot.read(folder)
    assert resumed["at"][:5] == whole["at"][:5]
    assert_equal_weights(whole["model"], resumed["model"])


def test_a_run_that_is_stopped_goes_on_with_the_next_batch(bundle, tmp_path):
    feed = Feed(bundle, PLAN)
    whole = train(schedule(12), feed, tmp_path / "whole")
    for _ in range(40):
        # Ends after its first step, and the next call after the next.
        run = train(schedule(12), feed, tmp_path / "parts", seconds=0)
        if run.progress() >= 1.0:
            break
    assert (run.step, run.tokens, run.epoch) == (whole.step, whole.tokens, whole.epoch)
    assert run.epoch >= 1
    assert_equal_weights(whole.model.state_dict(), run.model.state_dict())
    assert steps_of(tmp_path / "parts") == steps_of(tmp_path / "whole")


def test_what_was_logged_after_the_snapshot_is_taken_back(bundle, tmp_path):
    train(schedule(3), Feed(bundle, PLAN), tmp_path)
    with (tmp_path / CURVE).open("a") as stream:
        stream.write('{"step": 4, "canvas": 1.0}\n{"step": 5, "canv')
    train(schedule(6), Feed(bundle, PLAN), tmp_path)
    assert steps_of(tmp_path) == [1, 2, 3, 4, 5, 6]


def test_a_damaged_snapshot_is_refused_and_the_one_before_is_there(bundle, tmp_path):
    feed = Feed(bundle, PLAN)
    train(schedule(2, snapshot_seconds=0), feed, tmp_path)
    content = bytearray((tmp_path / SNAPSHOT).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / SNAPSHOT).write_bytes(content)
    with pytest.raises(SnapshotError, match="digest differs"):
        train(schedule(4), feed, tmp_path)
    (tmp_path / SNAPSHOT).write_bytes(content[:100])
    with pytest.raises(SnapshotError, match="digest differs"):
        snapshot.read(tmp_path)
    (tmp_path / SNAPSHOT).unlink()
    assert train(schedule(4), feed, tmp_path).step == 4


def test_a_snapshot_of_another_training_is_refused(bundle, tmp_path):
    train(schedule(1), Feed(bundle, PLAN), tmp_path)
    with pytest.raises(SnapshotError, match="choose another folder"):
        train(schedule(2, objective=Objective(noise="mask")), Feed(bundle, PLAN), tmp_path)


def test_the_loss_falls_and_held_out_figures_are_written_down(bundle, tmp_path):
    examples = held_out_examples(bundle, 96, 12)
    run = train(schedule(60), Feed(bundle, PLAN), tmp_path, held_out=examples)
    lines = [line["canvas"] for line in curve(tmp_path) if "canvas" in line]
    assert len(lines) == 60
    assert sum(lines[-5:]) < 0.9 * sum(lines[:5])
    assert curve(tmp_path)[-1]["held_out"] < lines[0]
    before = torch.get_rng_state()
    assert examine(run.model, examples, "cpu", "uniform") == examine(run.model, examples, "cpu", "uniform")
    assert torch.equal(before, torch.get_rng_state())
    assert run.model.training


def test_training_may_begin_with_given_weights(bundle, tmp_path):
    first = train(schedule(2), Feed(bundle, PLAN), tmp_path / "a")
    weights = {name: value.clone() for name, value in first.model.state_dict().items()}
    begun = Run(schedule(2), bundle.tokenizer.get_vocab_size(), "cpu", weights)
    assert_equal_weights(weights, begun.model.state_dict())


@pytest.mark.parametrize("precision", list(Precision))
def test_a_run_is_exported_with_a_card_that_says_what_it_is(bundle, tmp_path, precision):
    run = train(schedule(2), Feed(bundle, PLAN), tmp_path / "run")
    folder = tmp_path / "nano"
    results = {
        "tasks": {"line": {"n": 3, "engines": {"nano": {"exact_at_1": 0.5, "exact_at_8": 1, "subtoken_f1_at_1": 0}}}}
    }
    export(tmp_path / "run", bundle, PLAN, folder, results, precision)
    model, tokenizer, card = load(folder)
    assert (card["noise"], card["stored"], card["training"]["steps"]) == ("uniform", precision, 2)
    assert card["held_out"] == {"mill": "3.0"}
    assert tokenizer.get_vocab_size() == bundle.tokenizer.get_vocab_size()
    for name, tensor in run.model.state_dict().items():
        if tensor.is_floating_point() and tensor.numel() > 1:
            assert (tensor - model.state_dict()[name]).abs().max() <= 0.01 * tensor.abs().max(), name
    text = (folder / "CARD.md").read_text()
    assert "| line | nano | 3 | 50.0% | 100.0% | 0.00 |" in text
    assert "bank 2.0, shop 1.0" in text


def test_a_card_says_what_its_weights_began_with(bundle, tmp_path):
    write(bundle, tmp_path / "nano.bundle")
    asked = ["--device", "cpu", "--size", "nano-test", "--batch-tokens", "500"]
    asked += ["--bundle", str(tmp_path / "nano.bundle")]
    for name, steps, start in (("a", "2", []), ("b", "3", ["--start", str(tmp_path / "a" / "nano")])):
        folder = ["--folder", str(tmp_path / name)]
        main(["train", "--steps", steps, *start, *folder, *asked])
        main(["export", *folder, *asked])
    card = json.loads((tmp_path / "b" / "nano" / "card.json").read_text())
    assert (card["training"]["steps"], card["training"]["before"]["steps"]) == (3, 2)
    text = (tmp_path / "b" / "nano" / "CARD.md").read_text()
    assert text.index("2 steps, ") < text.index("3 steps, ")


def test_what_was_measured_later_is_put_onto_the_card(bundle, tmp_path):
    write(bundle, tmp_path / "nano.bundle")
    asked = ["--folder", str(tmp_path), "--device", "cpu"]
    main(["train", "--steps", "2", "--size", "nano-test", "--batch-tokens", "500", *asked])
    main(["export", "--precision", "int8", *asked])
    assert "| line |" not in (tmp_path / "nano" / "CARD.md").read_text()
    main(["evaluate", "--per-task", "1", *asked])
    main(["card", "--trust", "0.5", *asked])
    assert load(tmp_path / "nano")[2]["trust"] == 0.5
    text = (tmp_path / "nano" / "CARD.md").read_text()
    for engine in ("copy", "enumerate", "nano", "model alone"):
        assert f"| line | {engine} | 1 |" in text


def test_padding_changes_no_loss(bundle):
    torch.manual_seed(0)
    model = build(SIZES["nano-test"], bundle.tokenizer.get_vocab_size())
    examples = [e for e in drawn(bundle.tokenizer, bundle.train, 96, "0") if len(e.canvas) == 8]
    chosen = [min(examples, key=lambda e: len(e.prompt)), max(examples, key=lambda e: len(e.prompt))]
    objective = Objective(noise="mask", next_token=0.0)
    alone = []
    for examples in ([chosen[0]], [chosen[1]], chosen):
        tensors = Tensors.of(collate(examples), "cpu")
        # Nothing but noise everywhere, so that no draw differs.
        tensors = replace(tensors, start=torch.full_like(tensors.start, MASK))
        total, _ = loss(Learner(model, Precision.FLOAT32), tensors, objective)
        weight = torch.where(tensors.canvas == PAD, objective.padding, 1.0).sum()
        alone.append(total.item() * weight.item())
    assert alone[0] + alone[1] == pytest.approx(alone[2], rel=1e-4)


def test_only_a_revision_starts_from_its_faulty_line_and_never_from_noise_alone(bundle):
    examples = [e for seed in range(4) for e in drawn(bundle.tokenizer, bundle.train, 96, str(seed))]
    wide = [e for e in examples if len(e.canvas) == 32]
    tensors = Tensors.of(collate(wide * 20), "cpu")
    revised = (tensors.start != tensors.canvas).any(-1)
    torch.manual_seed(0)
    level = levels(tensors, 0.6)
    assert revised.any()
    assert level[revised].max() <= 0.6
    assert 0.15 < (level[~revised] == 1.0).float().mean() < 0.35


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
