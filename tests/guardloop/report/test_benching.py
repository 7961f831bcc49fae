from guardloop.report.benching import latency_table


def row(engine, seconds, steps):
    return {
        "engine": engine, "device": "cpu", "dtype": "float32", "threads": 1, "prompt": 512, "length": 64,
        "steps": steps, "candidates": 8, "first_seconds": seconds, "wall_seconds": seconds, "cpu_seconds": seconds,
        "candidates_per_second": 8 / seconds, "tokens_per_forward": 1.0, "share_of_peak": 0.1,
        "peak": {"device": "a processor", "operations_per_second": 1e12, "source": "measured"},
    }  # fmt: skip


def test_every_diffusion_row_is_compared_with_the_autoregressive_one_of_its_shape():
    rows = [row("nano", 0.4, 4), row("nano, settling", 0.2, 4), row("nano, autoregressive", 0.6, 64)]
    place, head, *lines = latency_table(rows).splitlines()
    assert place.startswith("cpu (a processor, threads: 1), float32, 512 tokens before the hole")
    assert head.endswith("x autoregressive")
    assert [line.split()[-1] for line in lines] == ["1.50", "3.00", "10.0%"]
