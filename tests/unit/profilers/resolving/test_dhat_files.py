import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from leakgate.errors import InputError
from leakgate.profilers.harness_events import Recorded
from leakgate.profilers.resolving.dhat_files import Background, Writer

RAW = """leakgate-heap 1
process {pid} x86_64 linux
modules 2
module 1000 2000 3000 - /none/store-1
module 4000 5000 6000 - /none/libc.so
profile put
time 1 2
totals 10 1 10 1 0 0
stacks {stacks} {cut} 0
threads 1 0
lost {lost}
site 10 1 1 10 1 10 1 0 0 0 2100 5001 9000
end
"""


def recorded(directory: Path, number: int, **facts: int) -> Recorded:
    path = directory / f"{number}.raw"
    path.write_text(RAW.format(**{"pid": 7, "stacks": 100, "cut": 0, "lost": 0, **facts}))
    return Recorded(f"store t{number}", path, f"profiles/{number}.json", ())


def frames(directory: Path, number: int) -> list[str]:
    table: list[str] = json.loads((directory / f"profiles/{number}.json").read_bytes())["ftbl"]
    return table[1:]


def write_all(runs: Sequence[Recorded], run_dir: Path, folder: Path) -> list[str]:
    """In the background, as a run of the harness does it."""
    writer = Background(Writer(run_dir, folder), lambda: None)
    for run in runs:
        writer.write(run)
    return writer.close()


def test_addresses_are_looked_up_in_the_module_they_lie_in(tmp_path: Path) -> None:
    runs = [recorded(tmp_path, 1), recorded(tmp_path, 2, pid=8)]
    assert write_all(runs, tmp_path, tmp_path / "symbols") == []
    for number in (1, 2):
        assert frames(tmp_path, number) == [
            "0x9000: ??? (???:0:0)",
            "0x1001: ??? (in /none/libc.so)",
            "0x1100: ??? (in /none/store-1)",
        ]


def test_what_spoils_stacks_or_figures_is_said(tmp_path: Path) -> None:
    runs = [recorded(tmp_path, 1, cut=1), recorded(tmp_path, 2, cut=9, lost=3)]
    lost, cut = write_all(runs, tmp_path, tmp_path / "symbols")
    assert lost == "store t2: 3 allocations were not counted, for want of memory"
    assert cut.startswith("5% of the stacks are cut at the outer end, at functions without frame pointers; ")


def test_one_in_a_hundred_stacks_cut_is_nothing_to_speak_of(tmp_path: Path) -> None:
    assert write_all([recorded(tmp_path, 1, cut=1)], tmp_path, tmp_path / "symbols") == []
    assert write_all([], tmp_path, tmp_path / "symbols") == []


def test_a_damaged_profile_is_an_error(tmp_path: Path) -> None:
    run = recorded(tmp_path, 1)
    run.raw.write_text(RAW[:50])
    with pytest.raises(InputError):
        write_all([run], tmp_path, tmp_path / "symbols")
