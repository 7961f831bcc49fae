from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from guardloop.errors import GuardloopError
from guardloop.protection import probe, strongest
from guardloop.sandbox import Limits, Place, Run, Sandbox

LADDER = [
    pytest.param(frozenset(layers.split()), id=layers or "none")
    for layers in ("namespaces mounts", "namespaces landlock", "landlock", "")
]


def available(layers: frozenset[str]) -> Sandbox:
    sandbox = Sandbox(layers)
    try:
        probe(sandbox)
    except GuardloopError as error:
        pytest.skip(str(error))
    return sandbox


@pytest.fixture(params=LADDER)
def sandbox(request) -> Sandbox:
    return available(request.param)


def run(sandbox: Sandbox, folder: Path, code: str, *arguments: str, limits: Limits | None = None) -> Run:
    argv = [sys.executable, "-I", "-S", "-c", code, *arguments]
    return sandbox.run(argv, Place(folder, folder), limits or Limits(seconds=20))


def test_output_and_exit_code_come_back(sandbox, tmp_path):
    found = run(sandbox, tmp_path, "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (found.code, found.bound) == (3, "")
    assert set(found.output.split()) == {"out", "err"}


def test_only_the_end_of_much_output_is_kept(sandbox, tmp_path):
    found = run(sandbox, tmp_path, "print('x' * 100_000 + 'end')", limits=Limits(seconds=20, output=1000))
    assert found.output.endswith("end\n")
    assert len(found.output) == 1000


def test_the_callers_environment_stays_outside(sandbox, tmp_path, monkeypatch):
    monkeypatch.setenv("GUARDLOOP_TEST_SECRET", "mellon")
    found = run(sandbox, tmp_path, "import os; print(os.environ.get('GUARDLOOP_TEST_SECRET'), os.environ['HOME'])")
    assert found.output.split() == ["None", str(tmp_path / "home")]


def test_a_command_that_does_not_end_is_ended(sandbox, tmp_path):
    began = time.monotonic()
    found = run(sandbox, tmp_path, "while True: pass", limits=Limits(seconds=0.5))
    assert (found.code, found.bound) == (None, "seconds")
    assert time.monotonic() - began < 5


def test_a_file_does_not_grow_beyond_its_bound(sandbox, tmp_path):
    code = "f = open('large', 'wb'); f.write(b'x' * (1 << 20)); f.flush()"
    found = run(sandbox, tmp_path, code, limits=Limits(seconds=20, file_size=1 << 16))
    assert found.code != 0
    assert (tmp_path / "large").stat().st_size <= 1 << 16


def test_memory_beyond_the_address_space_is_refused(sandbox, tmp_path):
    found = run(sandbox, tmp_path, "bytearray(1 << 30)", limits=Limits(seconds=20, address_space=1 << 29))
    assert found.code == 1
    assert "MemoryError" in found.output


def test_nothing_is_left_running(sandbox, tmp_path):
    beat = tmp_path / "beat"
    code = (
        "import subprocess, sys, time\n"
        'child = \'import sys, time\\nwhile True: open(sys.argv[1], "a").write("x"); time.sleep(0.02)\'\n'
        "subprocess.Popen([sys.executable, '-I', '-S', '-c', child, sys.argv[1]], start_new_session=True)\n"
        "time.sleep(0.5)\n"
    )
    found = run(sandbox, tmp_path, code, str(beat))
    size = beat.stat().st_size
    assert size > 0
    time.sleep(0.3)
    assert beat.stat().st_size == size
    if sandbox.sees_processes and sys.platform == "linux":
        assert found.left == 1


def test_what_needs_too_many_processes_is_ended(sandbox, tmp_path):
    if not sandbox.sees_processes or sys.platform != "linux":
        pytest.skip("processes cannot be counted here")
    code = (
        "import subprocess, sys, time\n"
        "children = [subprocess.Popen([sys.executable, '-I', '-S', '-c', 'import time; time.sleep(9)'])"
        " for _ in range(12)]\n"
        "time.sleep(9)\n"
    )
    found = run(sandbox, tmp_path, code, limits=Limits(seconds=20, processes=6))
    assert (found.code, found.bound) == (None, "processes")


def test_what_takes_too_much_memory_is_ended(sandbox, tmp_path):
    if not sandbox.sees_processes or sys.platform != "linux":
        pytest.skip("memory cannot be watched here")
    found = run(
        sandbox, tmp_path, "x = b'x' * (200 << 20); import time; time.sleep(9)", limits=Limits(resident=100 << 20)
    )
    assert (found.code, found.bound) == (None, "memory")
    assert found.resident > 100 << 20


def test_a_program_that_is_not_there_is_an_error(sandbox, tmp_path):
    with pytest.raises(GuardloopError, match="cannot run the command confined"):
        sandbox.run(["/nowhere/program"], Place(tmp_path, tmp_path), Limits(seconds=5))


@pytest.mark.parametrize("layers", LADDER[:3])
def test_files_outside_the_private_folder_cannot_be_written(layers, tmp_path):
    sandbox = available(layers)
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    code = "import sys; open('mine', 'w'); open(sys.argv[1] + '/theirs', 'w')"
    run(sandbox, inside, code, str(outside))
    assert (inside / "mine").exists()
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("layers", LADDER[:3])
def test_no_connection_gets_out(layers, tmp_path):
    sandbox = available(layers)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        code = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 2)"
        found = run(sandbox, tmp_path, code, str(listener.getsockname()[1]))
        assert found.code == 1
        listener.settimeout(0.1)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_a_server_of_the_commands_own_can_be_reached_in_a_namespace(tmp_path):
    sandbox = available(frozenset({"namespaces", "mounts"}))
    code = (
        "import socket\n"
        "with socket.create_server(('127.0.0.1', 0)) as listener:\n"
        "    socket.create_connection(listener.getsockname(), 2)\n"
        "    print(listener.accept()[1][0])\n"
    )
    assert run(sandbox, tmp_path, code).output.split() == ["127.0.0.1"]


def test_a_copy_is_seen_at_the_place_of_the_original(tmp_path):
    sandbox = available(frozenset({"namespaces", "mounts"}))
    original, folder = tmp_path / "original", tmp_path / "private"
    (folder / "tree").mkdir(parents=True)
    (original / ".venv").mkdir(parents=True)
    (original / "a.txt").write_text("theirs")
    (original / ".venv" / "kept.txt").write_text("environment")
    (folder / "tree" / "a.txt").write_text("ours")
    place = Place(folder, original, {folder / "tree": original}, (original / ".venv",))
    code = "print(open('a.txt').read(), open('.venv/kept.txt').read()); open('b.txt', 'w')"
    found = sandbox.run([sys.executable, "-I", "-S", "-c", code], place, Limits(seconds=20))
    assert found.output.split() == ["ours", "environment"]
    assert (folder / "tree" / "b.txt").exists()
    assert sorted(path.name for path in original.iterdir()) == [".venv", "a.txt"]


def test_a_copy_is_seen_at_the_place_of_a_folder_that_has_to_stay_visible(tmp_path):
    # As when guardloop, installed from its own repository, judges that repository.
    sandbox = available(frozenset({"namespaces", "mounts"}))
    original, private = tmp_path / "original", tmp_path / "private"
    for folder, text in ((original, "original"), (private / "tree", "copy")):
        folder.mkdir(parents=True)
        (folder / "text").write_text(text)
    place = Place(private, original, {private / "tree": original}, (original,))
    code = "print(open('text').read()); open('new', 'w').close()"
    found = sandbox.run([sys.executable, "-I", "-S", "-c", code], place, Limits(seconds=20))
    assert (found.output, found.code) == ("copy\n", 0)
    assert (private / "tree/new").exists()
    assert not (original / "new").exists()


def test_secrets_in_home_and_the_report_are_out_of_reach(tmp_path, monkeypatch):
    sandbox = available(frozenset({"namespaces", "mounts"}))
    home, folder = tmp_path / "user", tmp_path / "private"
    home.mkdir()
    folder.mkdir()
    (home / "secret").write_text("mellon")
    monkeypatch.setenv("HOME", str(home))
    code = (
        "import os, sys\n"
        "print(os.path.exists(sys.argv[1]))\n"
        "for number in range(3, 20):\n"
        "    try:\n"
        "        os.write(os.open(f'/proc/1/fd/{number}', os.O_WRONLY), b'{}')\n"
        "        print('wrote', number)\n"
        "    except OSError:\n"
        "        pass\n"
    )
    assert run(sandbox, folder, code, str(home / "secret")).output.split() == ["False"]


def test_capabilities_are_gone_even_for_root(tmp_path):
    sandbox = available(frozenset({"namespaces", "mounts"}))
    code = "print([line.split()[1] for line in open('/proc/self/status') if line.startswith(('CapEff', 'CapBnd'))])"
    assert run(sandbox, tmp_path, code).output.strip() == str(["0" * 16] * 2)


def test_protection_is_what_a_probe_found():
    _, lines = strongest()
    assert [line.partition(":")[0] for line in lines] == ["files", "network", "processes", "environment", "bounds"]


def test_an_unconfined_sandbox_says_so(monkeypatch):
    monkeypatch.setenv("GUARDLOOP_TEST_SECRET", "mellon")
    lines = probe(Sandbox(frozenset()))
    assert "files: writes outside the private copy are possible" in lines
    assert "network: reachable" in lines
    assert "environment: scrubbed" in lines
    assert os.environ["GUARDLOOP_TEST_SECRET"] == "mellon"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("layers", LADDER)
def test_nothing_goes_on_when_guardloop_itself_is_killed(layers, tmp_path):
    available(layers)
    beat = tmp_path / "beat"
    child = "import sys, time\nwhile True: open(sys.argv[1], 'a').write('x'); time.sleep(0.02)"
    code = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-I', '-S', '-c', {child!r}, sys.argv[1]], start_new_session=True)\n"
        "time.sleep(30)\n"
    )
    program = (
        "import sys\nfrom pathlib import Path\nfrom guardloop.sandbox import Limits, Place, Sandbox\n"
        f"folder = Path({str(tmp_path)!r})\n"
        f"argv = [sys.executable, '-I', '-S', '-c', {code!r}, {str(beat)!r}]\n"
        f"Sandbox(frozenset({sorted(layers)!r})).run(argv, Place(folder, folder), Limits(seconds=30))\n"
    )
    running = subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parents[2])
    try:
        deadline = time.monotonic() + 20
        while not beat.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        running.kill()
        running.wait()
    time.sleep(0.5)
    size = beat.stat().st_size
    assert size > 0
    time.sleep(0.3)
    assert beat.stat().st_size == size
