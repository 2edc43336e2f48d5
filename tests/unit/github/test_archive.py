"""A zip file from a fork is foreign in every byte."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakgate.errors import InputError
from leakgate.github.archive import unzip

LIMITS = {"run.json": 1000, "result.json": 5000}
GOOD = {"run.json": b'{"key":"memory"}', "result.json": b"{}" * 200}

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def packed(files: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


GOOD_ZIP = packed(GOOD.items())


def streamed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """As actions/upload-artifact packs: the sizes follow the data, as nobody knew them before."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.written = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override] # narrower than RawIOBase's, and enough here
            self.written += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return pipe.written


def patched(data: bytes, signature: bytes, offset: int, value: bytes) -> bytes:
    """`data` with a field overwritten in every header of this kind."""
    found, at = bytearray(data), data.find(signature)
    while at >= 0:
        found[at + offset : at + offset + len(value)] = value
        at = data.find(signature, at + 1)
    return bytes(found)


def refusal(data: bytes) -> str:
    with pytest.raises(InputError) as caught:
        unzip(data, LIMITS, "artifact x")
    return str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        GOOD_ZIP,
        packed(GOOD.items(), zipfile.ZIP_STORED),
        packed(reversed(GOOD.items())),
        streamed(GOOD.items()),
    ],
    ids=["deflated", "stored", "other order", "streamed"],
)
def test_what_is_packed_comes_out(data: bytes) -> None:
    assert unzip(data, LIMITS, "artifact x") == GOOD


OTHERS = "artifact x: should hold `result.json` and `run.json`, each once and nothing else (files in it: {})"


@pytest.mark.parametrize(
    ("names", "count"),
    [
        ((), 0),
        (("run.json",), 1),
        (("run.json", "result.json", "other.json"), 3),
        (("run.json", "../result.json"), 2),
        (("run.json", "/result.json"), 2),
        (("run.json", "a/result.json"), 2),
        (("run.json", "result.json/"), 2),
        (("run.json", "RESULT.json"), 2),
        (("run.json", "C:\\result.json"), 2),
        (("run.json", "result.json\n::error::x"), 2),
    ],
)
def test_other_files_are_refused_and_their_names_not_repeated(names: tuple[str, ...], count: int) -> None:
    assert refusal(packed((name, b"{}") for name in names)) == OTHERS.format(count)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_refused() -> None:
    assert refusal(packed([("run.json", b"1"), ("result.json", b"{}"), ("result.json", b"[]")])) == OTHERS.format(
        3
    )


def test_a_name_that_goes_on_after_a_zero_byte_is_another_name() -> None:
    data = packed([("run.json", b"1"), ("result.json_x", b"{}")]).replace(b"result.json_x", b"result.json\0x")
    assert refusal(data) == OTHERS.format(2)


def test_a_bomb_is_not_unpacked() -> None:
    data = packed([("run.json", b"{}"), ("result.json", b"0" * 50_000_000)])
    assert len(data) < 100_000
    assert refusal(data) == "artifact x: result.json: unpacks to more than 5,000 bytes, the most that is read"


def test_a_bomb_that_calls_itself_small_is_not_unpacked_either() -> None:
    data = packed([("run.json", b"{}"), ("result.json", b"0" * 50_000_000)])
    for signature, offset in ((_LOCAL, 22), (_CENTRAL, 24)):
        data = patched(data, signature, offset, struct.pack("<L", 2))
    assert refusal(data).startswith("artifact x: ")


def test_sizes_of_64_bits_are_believed_no_more() -> None:
    content = b"{}"
    name = b"result.json"
    extra = struct.pack("<HHQQ", 1, 16, 1 << 40, 1 << 40)
    fields = struct.pack(
        "<HHHHHLLLHH", 45, 0, 0, 0, 0, zlib.crc32(content), 0xFFFFFFFF, 0xFFFFFFFF, len(name), len(extra)
    )
    local = _LOCAL + fields + name + extra + content
    central = _CENTRAL + b"\x2d\x00" + fields + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + name + extra
    end = _END + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(central), len(local), 0)
    with pytest.raises(InputError, match="unpacks to more than 5,000 bytes"):
        unzip(local + central + end, {"result.json": 5000}, "artifact x")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "artifact x: is not a zip file that can be read (BadZipFile)"),
        (b"<html>sign in</html>", "artifact x: is not a zip file that can be read (BadZipFile)"),
        (GOOD_ZIP[:-1], "artifact x: is not a zip file that can be read (BadZipFile)"),
        (GOOD_ZIP[:50], "artifact x: is not a zip file that can be read (BadZipFile)"),
        (patched(GOOD_ZIP, _CENTRAL, 8, b"\x01\x00"), "artifact x: run.json: is encrypted"),
        (
            patched(GOOD_ZIP, _CENTRAL, 10, b"\x0e\x00"),
            "artifact x: run.json: is packed in another way than artifacts are",
        ),
        (
            patched(GOOD_ZIP, _CENTRAL, 10, b"\x63\x00"),
            "artifact x: run.json: is packed in another way than artifacts are",
        ),
        (
            patched(GOOD_ZIP, _CENTRAL, 16, b"\x00\x00\x00\x00"),
            "artifact x: is not a zip file that can be read (BadZipFile)",
        ),
        (
            patched(GOOD_ZIP, _CENTRAL, 6, b"\xff\x00"),
            "artifact x: is not a zip file that can be read (NotImplementedError)",
        ),
    ],
    ids=["empty", "a page", "cut", "cut early", "encrypted", "lzma", "aes", "checksum", "newer version"],
)
def test_what_is_no_good_zip_is_said(data: bytes, message: str) -> None:
    assert refusal(data) == message


@given(st.binary(max_size=200))
def test_no_bytes_are_more_than_an_error(data: bytes) -> None:
    with pytest.raises(InputError):
        unzip(data, LIMITS, "artifact x")


@given(st.lists(st.tuples(st.integers(0, len(GOOD_ZIP) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_zip_is_an_error_or_the_same_files(changes: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD_ZIP)
    for place, byte in changes:
        data[place] = byte
    try:
        files = unzip(bytes(data), LIMITS, "artifact x")
    except InputError:
        return
    assert files == GOOD


def test_a_zip_that_is_cut_at_either_end_is_an_error() -> None:
    for length in range(len(GOOD_ZIP)):
        assert refusal(GOOD_ZIP[:length]).startswith("artifact x: ")
        assert refusal(GOOD_ZIP[length + 1 :]).startswith("artifact x: ")
