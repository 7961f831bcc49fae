"""`openai:` against a server process of transformers' own command, which serves a tiny model over HTTP."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from engine.protocol import EngineError, Hole, HoleKind
from engine.registry import create
from engine.testing import sketch_of

pytest.importorskip("openai")
pytest.importorskip("torch")
pytest.importorskip("transformers")
for missing in ("fastapi", "uvicorn", "accelerate"):
    pytest.importorskip(missing, reason="transformers serve needs it: pip install 'guardloop-cli[dev]'")

SKETCH = sketch_of(
    {
        "a.py": """
        def first(rows):
            return «helper»(rows, 1)

        def «helper»(rows, «limit»):
            return rows[:«limit»]
        """
    },
    Hole("helper", HoleKind.HELPER_NAME, frozenset({"_cut"}), prefix="_"),
)
SAID = [{"helper": "_head", "limit": "count"}, {"helper": "_cut", "limit": "size"}, {"helper": "_top", "limit": "most"}]
SERVE = "from transformers.cli.transformers import main; main()"
_LONGEST_START = 90.0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url):
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def started(folder, log):
    """The server's process and address once it answers; a port that someone else took first is tried anew."""
    for _ in range(3):
        port = free_port()
        command = [sys.executable, "-c", SERVE, "serve", str(folder), "--host", "127.0.0.1", "--port", str(port)]
        offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
        process = subprocess.Popen(
            [*command, "--device", "cpu"], env={**os.environ, **offline}, stdout=log, stderr=log, start_new_session=True
        )
        url, began = f"http://127.0.0.1:{port}", time.monotonic()
        while process.poll() is None and time.monotonic() - began < _LONGEST_START:
            if answers(url):
                return process, url
            time.sleep(0.1)
        stop(process)
    pytest.fail(f"the server did not start: {log.name}")


def stop(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="module")
def served(make_chatting, tmp_path_factory):
    """A server of a model that writes three fills in one answer; whatever it completes, it says the same."""
    fills = [json.dumps(fill) for fill in SAID]
    folder = make_chatting('{"fills": [', fills[0], ", ", fills[1], ",", fills[2], "]}")
    with (tmp_path_factory.mktemp("server") / "log.txt").open("w+b") as log:
        process, url = started(folder, log)
        try:
            yield process, f"openai:{url}/v1#{folder}"
        finally:
            stop(process)


def test_a_chat_over_http_gives_legal_fills_within_the_budget(served):
    engine = create(served[1])
    found = list(engine.fill(SKETCH, candidates=5, seed=7))
    # The second of the three takes a name that is taken.
    assert [fill.texts for fill in found] == [SAID[0], SAID[2]]
    spent = engine.client.spent
    assert spent.requests == 1
    assert spent.prompt_tokens > 100
    # Seven pieces, and the end.
    assert spent.answer_tokens == 8
    assert found == list(engine.fill(SKETCH, candidates=5, seed=7))


def test_a_budget_in_tokens_counts_what_the_server_counted(served):
    engine = create(f"{served[1]}&tokens=100")
    assert list(engine.fill(SKETCH, candidates=1, seed=0))
    with pytest.raises(EngineError, match="the budget of 100 tokens is spent"):
        list(engine.fill(SKETCH, candidates=1, seed=0))


def test_a_server_that_gives_one_completion_at_a_time_is_asked_until_it_repeats_itself(served):
    engine = create(f"{served[1]}&mode=fim")
    condition = sketch_of({"a.py": "def f(net):\n    if «c»:\n        return 0\n"}, Hole("c", HoleKind.CONDITION))
    # The model's only answer follows its own mark, so that a bare prompt gets nothing of use, the same each time.
    assert list(engine.fill(condition, candidates=3, seed=0)) == []
    assert 1 <= engine.client.spent.requests <= 3


def test_a_server_that_dies_is_an_error_that_names_it(served):
    process, spec = served
    engine = create(f"{spec}&retries=0")
    stop(process)
    with pytest.raises(EngineError, match=r"engine openai: http://127.0.0.1:\d+/v1: Connection error"):
        list(engine.fill(SKETCH, candidates=1, seed=0))
