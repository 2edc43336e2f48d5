import os
import subprocess
import sys
from pathlib import Path

from leakgate.profilers.child import runner

RUNNER = [sys.executable, "-I", "-S", runner.__file__]


def test_started_by_a_cargo_that_is_not_ours_it_only_starts_the_binary(tmp_path: Path) -> None:
    script = tmp_path / "program"
    script.write_text('#!/bin/sh\necho "$0 $*"; exit 7\n')
    script.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LEAKGATE")}

    done = subprocess.run(
        [*RUNNER, script, "a", "b c"], env=environment, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (7, f"{script} a b c\n", "")


def test_it_imports_little_because_it_starts_once_a_binary(tmp_path: Path) -> None:
    probe = (
        "import sys, runpy; before = set(sys.modules); sys.path.append(sys.argv[1]); "
        "import leakgate.profilers.child.launch; print(*sorted(set(sys.modules) - before))"
    )
    source = str(Path(runner.__file__).parents[3])

    loaded = subprocess.check_output(
        [sys.executable, "-I", "-S", "-c", probe, source], text=True, cwd=tmp_path
    ).split()

    assert {name for name in loaded if name.partition(".")[0] == "leakgate"} == {
        "leakgate",
        "leakgate.profilers",
        "leakgate.profilers.child",
        "leakgate.profilers.child.children",
        "leakgate.profilers.child.collect",
        "leakgate.profilers.child.diagnosis",
        "leakgate.profilers.child.isolate",
        "leakgate.profilers.child.keeping",
        "leakgate.profilers.child.launch",
        "leakgate.profilers.child.libtest",
        "leakgate.profilers.child.listing",
        "leakgate.profilers.child.plan",
        "leakgate.profilers.child.printing",
    }
    slow = {"dataclasses", "inspect", "pathlib", "shutil", "subprocess", "tempfile", "threading", "typing"}
    assert slow.isdisjoint(loaded)
    assert {name.partition(".")[0] for name in loaded} - {"leakgate"} <= set(sys.stdlib_module_names)
