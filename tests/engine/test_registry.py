import shutil
import subprocess
import sys

import pytest

from engine.protocol import EngineError
from engine.registry import ENGINES, create, describe, reaches_out


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("nanoo", "did you mean nano"),
        ("gpt", f"expected one of {', '.join(ENGINES)}, got 'gpt'"),
        ("", "got ''"),
        ("enumerate:3", "expected no argument, got '3'"),
        ("scripted", "got no file"),
        ("nano:/no/such/folder", "/no/such/folder: expected a folder with a checkpoint, found nothing"),
    ],
)
def test_a_wrong_spec_is_refused_with_what_was_found_and_wanted(spec, said):
    with pytest.raises(EngineError) as raised:
        create(spec)
    assert said in str(raised.value)


@pytest.mark.parametrize("name", ["enumerate", "copy"])
def test_an_engine_bears_the_name_it_was_asked_for_by(name):
    assert create(name).name == name


def test_each_engine_is_described_with_a_reason_where_it_is_not_available():
    rows = describe()
    assert [row.name for row in rows] == list(ENGINES)
    assert all(row.available != bool(row.why) for row in rows)
    assert all(row.summary and row.device and row.usage.startswith(row.name) for row in rows)
    assert [row.name for row in rows if not row.needs] == ["enumerate", "copy"]


def test_keys_are_told_to_be_there_and_never_what_they_are(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.delenv("INCEPTION_API_KEY", raising=False)
    needs = ENGINES["openai"].describe("").needs
    assert "OPENAI_API_KEY is set, INCEPTION_API_KEY is not set" in needs
    assert "secret" not in str(describe())


@pytest.mark.parametrize("is_there", [True, False])
def test_the_default_checkpoint_is_looked_for_in_the_local_cache(is_there, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    if is_there:
        snapshot = tmp_path / "models--google--diffusiongemma-26B-A4B-it" / "snapshots" / "1"
        snapshot.mkdir(parents=True)
        (snapshot / "config.json").write_text("{}")
    said = "is in the local cache" if is_there else "is not in the local cache: name a PATH"
    assert said in ENGINES["diffusion-gemma"].describe("").needs


def test_a_build_without_cuda_never_promises_a_card(monkeypatch):
    from engine.diffusion import checkpoint

    monkeypatch.setattr(checkpoint, "version", lambda _: "2.13.0+cpu")
    assert ENGINES["diffusion-gemma"].describe("").device == "cpu"


def test_describing_and_naming_without_a_model_never_import_torch():
    code = (
        "import sys; from engine.registry import create, describe; from engine.testing import sketch_of; describe();"
        "next(create('enumerate').fill(sketch_of({'a.py': 'def «helper»(x): return x.size'}), candidates=1, seed=0));"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'tokenizers', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_parameters_are_counted_without_loading_the_model(tiny_checkpoint):
    from engine.diffusion.configuration import load, parameters

    counted = parameters(load(tiny_checkpoint)[0])
    assert ENGINES["nano"].describe(str(tiny_checkpoint)).parameters == counted["total"] - counted["unused"]


@pytest.fixture
def broken(tiny_checkpoint, tmp_path):
    return shutil.copytree(tiny_checkpoint, tmp_path / "broken")


def test_a_missing_file_of_a_checkpoint_is_named(broken):
    (broken / "tokenizer.json").unlink()
    with pytest.raises(EngineError, match=r"broken: expected a checkpoint with tokenizer.json, found card.json"):
        create(f"nano:{broken}")


def test_weights_that_are_cut_off_are_refused(broken):
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(EngineError, match=r"model.safetensors: expected \d+ bytes, found \d+"):
        create(f"nano:{broken}")


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, b"\x02\x00\x00\x00\x00\x00\x00\x00[]"])
def test_weights_that_are_something_else_are_refused(broken, content):
    (broken / "model.safetensors").write_bytes(content)
    with pytest.raises(EngineError, match="expected safetensors, found"):
        create(f"nano:{broken}")


@pytest.mark.parametrize("content", ["{", "[]", '{"model_type": "llama"}'])
def test_a_configuration_of_another_model_is_refused(broken, content):
    (broken / "config.json").write_text(content)
    with pytest.raises(EngineError, match=r"config.json: expected .*, found"):
        create(f"nano:{broken}")


def test_weights_of_other_shapes_are_refused_when_they_are_loaded(broken):
    config = (broken / "config.json").read_text().replace('"hidden_size": 32', '"hidden_size": 48')
    (broken / "config.json").write_text(config)
    engine = create(f"nano:{broken}")
    with pytest.raises(EngineError, match=r"engine nano: .*broken: expected a whole checkpoint, found"):
        _ = engine.reader


def test_a_damaged_tokenizer_is_refused_when_it_is_loaded(broken):
    (broken / "tokenizer.json").write_text("{}")
    engine = create(f"nano:{broken}")
    with pytest.raises(EngineError, match=r"engine nano: .*broken: expected a whole checkpoint, found"):
        _ = engine.reader


def test_nano_without_its_libraries_says_how_to_get_them():
    code = (
        "import importlib.util, sys; real = importlib.util.find_spec;"
        "importlib.util.find_spec = lambda name, *rest: None if name == 'torch' else real(name, *rest);"
        "from engine.registry import create, describe; print(describe()[0].why); create('nano')"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert "needs torch: pip install 'guardloop-cli[nano]'" in done.stdout
    assert "EngineError: engine nano: needs torch: pip install 'guardloop-cli[nano]'" in done.stderr


@pytest.mark.parametrize(
    ("spec", "is_outside"),
    [
        ("nano", False),
        ("scripted:command", False),
        ("consortium:nano,enumerate", False),
        ("command:ls", True),
        ("openai:http://h/v1#m", True),
        ("consortium:nano, command:ls", True),
        ("consortium:nano,openai:http://h#m", True),
    ],
)
def test_engines_that_run_programs_or_ask_servers_are_known(spec, is_outside):
    assert reaches_out(spec) is is_outside


def test_nano_fills_without_transformers():
    code = (
        "import sys; sys.modules['transformers'] = None\n"
        "from engine.protocol import Edit, Hole, HoleKind, Sketch\n"
        "from engine.registry import create\n"
        "hole = Hole('name', HoleKind.HELPER_NAME, hints=('total', 'price'))\n"
        "parts = ('def ', hole, '(rows):\\n    return sum(row.price for row in rows)\\n')\n"
        "sketch = Sketch('duplication', 'one', 'function', 'Name it.', {'a.py': ''}, (Edit('a.py', 0, 0, parts),))\n"
        "print(next(create('nano').fill(sketch, candidates=2, seed=0)).texts['name'].isidentifier())"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr
