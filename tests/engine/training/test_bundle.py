import lzma

import pytest

from engine.training.bundle import BundleError, gather, read, write
from engine.training.corpus import Recipe, Source


def test_a_bundle_is_read_as_it_was_written(bundle, tmp_path):
    write(bundle, tmp_path / "b")
    assert read(tmp_path / "b") == bundle
    assert {source.package for source in bundle.held_out} == {"mill"}
    assert bundle.facts["held_out"] == {"mill": "3.0"}
    assert bundle.facts["packages"] == {"bank": "2.0", "shop": "1.0"}


def test_the_same_files_in_any_order_give_the_same_bytes(bundle, tmp_path):
    recipe = Recipe({"shop": "1"}, frozenset(), ())
    files = [Source("shop", f"{at}.py", f"x = {at}\n") for at in range(5)]
    write(gather(files, recipe, "{}", 3), tmp_path / "a")
    write(gather(files[::-1], recipe, "{}", 3), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_few_files_keep_their_docstrings():
    text = 'def f():\n    """Say."""\n    return 1\n'
    files = [Source("shop", f"{at}.py", text) for at in range(200)]
    found = gather(files, Recipe({"shop": "1"}, frozenset(), ()), "{}", 1).train
    assert 10 < sum("Say" in source.text for source in found) < 60


@pytest.mark.parametrize("damage", [lambda b: b[:-40], lambda b: b[:90] + bytes([b[90] ^ 1]) + b[91:], lambda b: b"x"])
def test_a_damaged_bundle_is_refused(bundle, tmp_path, damage):
    write(bundle, tmp_path / "b")
    (tmp_path / "b").write_bytes(damage((tmp_path / "b").read_bytes()))
    with pytest.raises(BundleError, match="expected a bundle"):
        read(tmp_path / "b")


def test_a_bundle_with_another_text_than_its_digest_says_is_refused(bundle, tmp_path):
    write(bundle, tmp_path / "b")
    changed = lzma.decompress((tmp_path / "b").read_bytes()).replace(b"LIMIT_3", b"LIMIT_9")
    (tmp_path / "b").write_bytes(lzma.compress(changed))
    with pytest.raises(BundleError, match="whose digest is its texts'"):
        read(tmp_path / "b")
