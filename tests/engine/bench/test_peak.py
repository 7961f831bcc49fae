import pytest

torch = pytest.importorskip("torch")

from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from engine.bench import peak as peaks  # noqa: E402
from engine.bench.latency import Shape, multiplied  # noqa: E402
from engine.diffusion.linear import Precision  # noqa: E402
from engine.diffusion.network import Network  # noqa: E402


@pytest.mark.parametrize(
    ("name", "tera"),
    [("NVIDIA H200", 989), ("NVIDIA H100 PCIe", 756), ("NVIDIA A100-SXM4-80GB", 312), ("NVIDIA L40S", 362)],
)
def test_a_known_card_has_its_published_peak(monkeypatch, name, tera):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: name)
    found = peaks.peak(torch.device("cuda"), Precision.BFLOAT16)
    assert (found.device, found.operations, found.source) == (name, tera * 1e12, "published")


def test_anything_else_is_measured(monkeypatch):
    monkeypatch.setattr(peaks, "_SECONDS", 0.0)
    monkeypatch.setattr(peaks, "_SIDES", {"cpu": 64})
    found = peaks.peak(torch.device("cpu"), Precision.FLOAT32)
    assert found.source == "measured"
    assert found.device
    # No processor multiplies less than a million or more than 10^16 numbers in a second.
    assert 1e6 < found.operations < 1e16 or found.operations == 0


def test_operations_are_those_of_the_matrix_products(tiny_checkpoint):
    network = Network(tiny_checkpoint, precision=Precision.FLOAT32)
    counted = FlopCounterMode(display=False)
    prompt = network.encode([2, 30, 41, 52])
    canvases, everywhere = prompt.canvases(2, 5), torch.ones(2, 5, dtype=torch.bool)
    # The counter knows no fused attention on the CPU.
    with torch.inference_mode(), sdpa_kernel(SDPBackend.MATH), counted:
        canvases.read(torch.zeros(2, 5, dtype=torch.long))
        logits = canvases.logits(slice(0, 2), everywhere)
        canvases.condition(slice(0, 2), everywhere, logits.softmax(-1))
        canvases.read(torch.zeros(2, 5, dtype=torch.long))
    expected = peaks.operations(network, 10, 9) + peaks.operations(network, 10, 9, conditioned=10, said=0)
    assert counted.get_total_flops() == pytest.approx(expected, rel=1e-6)


def test_writing_from_left_to_right_multiplies_less_than_denoising(tiny_checkpoint):
    network = Network(tiny_checkpoint, precision=Precision.FLOAT32)
    written, one, two = (multiplied(network, 100, Shape(16, steps, 4)) for steps in (0, 1, 2))
    assert 0.9 < written / one < 1.0
    assert 2.0 < two / one < 3.0


def test_settling_multiplies_least_in_many_steps(tiny_checkpoint):
    network = Network(tiny_checkpoint, precision=Precision.FLOAT32)
    for steps in (2, 4, 8):
        free, settling = (multiplied(network, 100, Shape(16, steps, 8, settles=kind)) for kind in (False, True))
        assert 0.4 < settling / free < 0.7
