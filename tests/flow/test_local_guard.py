"""No server outlives the process that started it, however that process ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from jejak_local.files import wait_until
from jejak_local.guard import GuardedProcess, LocalError, Spec
from tests.processes import command as command_of
from tests.processes import gone, parent_of, tree
from tests.servers import scratch_folder
from tests.waits import PATIENCE

# Starts a module, and one more for each line that it reads. Its launcher is its own: others go on when that is killed.
STARTS_MODULES = """
import pathlib, sys
from jejak_local.guard import GuardedProcess, Spec
code = "import signal; signal.sigwait({signal.SIGUSR1})"
spec = Spec(("tests.guarded_code", code), str(pathlib.Path(sys.argv[1]) / "log"), is_module=True)
running = []
while True:
    running.append(GuardedProcess(spec))
    print(running[-1].pid, running[-1].guard_pid, flush=True)
    if not sys.stdin.readline():
        break
"""
STARTS_BOTH = """
import json, pathlib, sys
from jejak_local import kafka, postgres
folder = pathlib.Path(sys.argv[1])
servers = postgres.Postgres(folder / "postgres"), kafka.Kafka(folder / "kafka")
print(json.dumps([server.pid for server in servers]), flush=True)
sys.stdin.read()
"""
# Starts a grandchild in a session of its own, as PostgreSQL's backends are, and says both pids.
A_FAMILY = """
import os, subprocess, sys
waits = [sys.executable, "-c", "import sys; sys.stdin.read()"]
grandchild = subprocess.Popen(waits, stdin=subprocess.PIPE, start_new_session=True)
print(os.getpid(), grandchild.pid, flush=True)
grandchild.wait()
"""
DEAF = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
signal.sigwait({signal.SIGUSR1})
"""


type Guarded = Callable[..., GuardedProcess]
COMMANDS = {"program": (sys.executable, "-c"), "module": ("tests.guarded_code",)}


@pytest.fixture(params=COMMANDS)
def guarded(request: pytest.FixtureRequest, tmp_path: Path) -> Guarded:
    """Starts code behind a guard: as a program, or as a module in a fork of the launcher."""

    def start(code: str, grace: float = 10.0) -> GuardedProcess:
        command, is_module = (*COMMANDS[request.param], code), request.param == "module"
        return GuardedProcess(Spec(command, str(tmp_path / "log"), is_module=is_module, grace=grace))

    return start


def said_by(process: GuardedProcess) -> str:
    assert wait_until(lambda: process.last_lines().strip() != "", seconds=PATIENCE), "it said nothing"
    return process.last_lines()


def test_killing_the_parent_takes_its_postgres_and_kafka_along() -> None:
    with scratch_folder("orphans") as folder:
        parent = subprocess.Popen(
            [sys.executable, "-c", STARTS_BOTH, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert parent.stdout is not None
        assert parent.stdin is not None
        pids = json.loads(parent.stdout.readline())
        assert not any(gone(pid) for pid in pids)

        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()

        assert wait_until(lambda: all(gone(pid) for pid in pids), seconds=PATIENCE)
        parent.stdout.close()
        parent.stdin.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent was killed")
def test_killing_the_guard_itself_leaves_no_server_behind(guarded: Guarded) -> None:
    process = guarded("import sys, signal; print('runs', flush=True); signal.sigwait({signal.SIGUSR1})")
    said_by(process)

    os.kill(process.guard_pid, signal.SIGKILL)

    assert wait_until(lambda: gone(process.pid), seconds=PATIENCE)
    process.wait()


@pytest.mark.parametrize("end", [GuardedProcess.stop, GuardedProcess.kill])
def test_what_a_server_started_ends_with_it(end: Callable[[GuardedProcess], int], guarded: Guarded) -> None:
    process = guarded(A_FAMILY)
    server, grandchild = (int(pid) for pid in said_by(process).split())
    assert server == process.pid

    end(process)

    assert gone(server)
    assert gone(grandchild)


def test_a_server_that_will_not_stop_is_killed(guarded: Guarded) -> None:
    process = guarded(DEAF, grace=0.2)
    assert said_by(process) == "deaf"

    assert process.stop() == 128 + signal.SIGKILL

    assert gone(process.pid)


def test_a_server_that_ends_by_itself_is_noticed_with_its_status_and_last_words(guarded: Guarded) -> None:
    process = guarded("import sys; print('cannot go on'); sys.exit(3)")

    assert process.wait() == 3
    assert not process.alive()
    assert process.last_lines() == "cannot go on"


def test_a_program_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="No such file"):
        GuardedProcess(Spec(("/tidak/ada",), str(tmp_path / "log")))


def test_killing_the_parent_takes_its_modules_and_their_launcher_along(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTS_MODULES, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        launcher = next(pid for pid in tree(parent.pid) if "jejak_local.launcher" in command_of(pid))
        assert not any(map(gone, [*pids, launcher]))

        os.kill(parent.pid, signal.SIGKILL)

    assert wait_until(lambda: all(map(gone, [*pids, launcher])), seconds=PATIENCE)


def test_a_module_has_its_own_environment_folder_and_name(tmp_path: Path) -> None:
    code = "import json, os, sys; print(json.dumps([dict(os.environ), os.getcwd(), sys.argv[0], __name__]))"
    log = str(tmp_path / "log")
    spec = Spec(("tests.guarded_code", code), log, is_module=True, cwd=str(tmp_path))

    process = GuardedProcess(spec, {"HANYA": "ini"})

    assert process.wait() == 0
    environment, folder, program, name = json.loads(process.last_lines())
    assert environment == {"HANYA": "ini"}
    assert (folder, Path(program).name, name) == (str(tmp_path), "guarded_code.py", "__main__")


def test_a_module_that_raises_ends_with_its_traceback_in_the_log(guarded: Guarded) -> None:
    process = guarded("raise LookupError('tidak ada')")

    assert process.wait() == 1
    assert process.last_lines(1) == "LookupError: tidak ada"


def test_after_its_launcher_was_killed_modules_end_and_others_start(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTS_MODULES, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdin is not None
        first, guard = (int(pid) for pid in parent.stdout.readline().split())
        os.kill(parent_of(guard), signal.SIGKILL)
        assert wait_until(lambda: gone(first), seconds=PATIENCE)

        parent.stdin.write(b"\n")
        parent.stdin.flush()
        second, _ = (int(pid) for pid in parent.stdout.readline().split())
        assert not gone(second)
        parent.communicate()
