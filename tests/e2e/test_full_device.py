import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).with_name("guardloop")
SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [("score", str(SHOP)), ("score", str(SHOP), "--format", "json"), ("engines",)])
def test_an_answer_that_finds_no_room_is_no_yes_and_no_bug(arguments):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([SCRIPT, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("guardloop: [Errno 28]")
    assert "Traceback" not in done.stderr
