from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.errors import InputError
from leakgate.profilers.resolving import raw
from leakgate.profilers.resolving.raw import Module, RawProfile, Site

TEXT = """leakgate-heap 1
process 4711 x86_64 linux
modules 2
module 7f00 8000 9000 ab12 /repo/target/debug/deps/store-1
module 10000 11000 12000 - /lib/with a blank.so
profile tests::put
time 12 34
totals 160 3 150 2 50 1
stacks 3 1 0
threads 2 1
lost 0
site 100 1 20 100 1 100 1 0 0 0 8010 8020 8030
site 60 2 20 50 1 50 1 50 1 2 11040
end
"""

PROFILE = RawProfile(
    pid=4711,
    modules=(
        Module(0x7F00, 0x8000, 0x9000, "ab12", "/repo/target/debug/deps/store-1"),
        Module(0x10000, 0x11000, 0x12000, "", "/lib/with a blank.so"),
    ),
    peak=12,
    duration=34,
    sites=(
        Site((100, 1, 20, 100, 1, 100, 1, 0, 0), (0x8010, 0x8020, 0x8030)),
        Site((60, 2, 20, 50, 1, 50, 1, 50, 1), (0x8010, 0x8020, 0x11040)),
    ),
    totals=(160, 3, 150, 2, 50, 1),
    stacks=3,
    cut=1,
    limited=0,
    survivors=1,
    lost=0,
)


def test_a_profile_is_read() -> None:
    assert raw.parse(TEXT, "a.raw") == PROFILE


def test_an_empty_profile_and_a_second_list_of_modules() -> None:
    text = TEXT.replace("modules 2", "modules 1\nmodule 1 2 3 - /old\nmodules 2")
    text = text.replace("totals 160 3 150 2 50 1", "totals 0 0 0 0 0 0")
    lines = [line for line in text.splitlines() if not line.startswith("site")]
    read = raw.parse("\n".join(lines), "a.raw")
    assert (read.modules, read.sites) == (PROFILE.modules, ())


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (TEXT.replace("leakgate-heap 1", "leakgate-heap 2"), "a.raw:1"),
        (TEXT.replace("leakgate-heap 1\n", ""), "a.raw:1"),
        (TEXT.replace("module 7f00 8000", "module 7g00 8000"), "a.raw:4"),
        (TEXT.replace("1 2 11040", "1 4 11040"), "a.raw:13"),
        (TEXT.replace("totals 160", "totals 161"), "a.raw:14"),
        (TEXT.replace("lost 0\n", ""), "a.raw:13"),
        (TEXT.replace("lost 0", "found 0"), "a.raw:11"),
    ],
)
def test_a_damaged_file_is_named_with_the_line(wrong: str, place: str) -> None:
    with pytest.raises(InputError) as caught:
        raw.parse(wrong, "a.raw")
    assert (caught.value.what, caught.value.where) == ("is not what the harness writes", place)


@given(st.integers(min_value=0, max_value=len(TEXT) - 5))
def test_a_file_that_is_cut_off_is_never_taken_for_whole(length: int) -> None:
    with pytest.raises(InputError):
        raw.parse(TEXT[:length], "a.raw")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        raw.read(tmp_path / "none.raw")
