import json
from pathlib import Path

import pytest

from leakgate.errors import InputError
from leakgate.profilers.events import Follower, Ledger, Moved, decode, following
from leakgate.profilers.suite import BinaryStarted, FailedTest, Movement, Note, TestEnded, TestProfile, TestStarted


def line(**fields: object) -> bytes:
    return json.dumps(fields).encode()


def test_what_the_runner_tells_is_entered_and_passed_on_as_progress(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, binaries_expected=2)
    told = [
        line(event="binary", binary="store", tests=3, ignored=1, filtered=5),
        line(event="start", test="store a"),
        line(
            event="end",
            test="store a",
            reason=None,
            seconds=0.5,
            profiles=[("store a", "1/1.json"), ("store a [b]", "1/2.json")],
        ),
        line(event="start", test="store b"),
        line(event="end", test="store b", reason="failed", seconds=0.25, profiles=[("store b", "1/3.json")]),
        line(event="start", test="store c"),
        line(event="end", test="store c", reason=None, seconds=0, profiles=[]),
        line(event="untouched", binary="store::api", argument="--list"),
        line(event="note", text="something"),
    ]

    assert [event for entry in told for event in ledger.enter(decode(entry))] == [
        BinaryStarted("store", number=1, of=2, tests=3),
        TestStarted("store a"),
        TestEnded("store a", None, 0.5, profiles=2),
        TestStarted("store b"),
        TestEnded("store b", "failed", 0.25, profiles=1),
        TestStarted("store c"),
        TestEnded("store c", None, 0, profiles=0),
        Note("store::api was not measured: `--list` cannot be asked of single tests"),
        Note("something"),
    ]
    assert ledger.profiles == [
        TestProfile("store a", tmp_path / "1/1.json"),
        TestProfile("store a [b]", tmp_path / "1/2.json"),
    ]
    assert ledger.failed == [FailedTest("store b", "failed")]
    assert ledger.unmeasured == ["store c"]
    assert (ledger.ran, ledger.ignored, ledger.filtered, ledger.untouched) == (3, 1, 5, ["--list"])


def test_the_last_profiles_of_a_test_are_of_a_process_that_had_run_it_before(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, binaries_expected=1)
    rounds = [("store a", "1.json"), ("store a", "2.json"), ("store a", "3.json")]
    end = line(event="end", test="store a", reason=None, seconds=0, profiles=rounds, again=2)
    for entry in (line(event="start", test="store a"), end):
        list(ledger.enter(decode(entry)))
    assert [profile.again for profile in ledger.profiles] == [False, True, True]


def test_a_second_end_without_a_start_is_the_last_word(tmp_path: Path) -> None:
    """A process that died when it had told of the test's end, and before anybody had heard of it otherwise."""
    ledger = Ledger(tmp_path, binaries_expected=1)
    passed = line(event="end", test="store a", reason=None, seconds=0, profiles=[("store a", "1/1.json")])
    died = line(event="end", test="store a", reason="killed by SIGSEGV", seconds=0, profiles=[])
    for entry in (line(event="start", test="store a"), passed, died):
        list(ledger.enter(decode(entry)))
    assert (ledger.ran, ledger.profiles) == (1, [])
    assert ledger.failed == [FailedTest("store a", "killed by SIGSEGV")]


@pytest.mark.parametrize("garbage", [b"garbage", b"\xff\xfe", b"[]", b'{"event": "end", "test": "a\xff"}'])
def test_what_a_test_has_written_there_is_no_bug_of_ours(tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / "events").write_bytes(garbage + b"\n")

    with pytest.raises(InputError) as caught:
        following(tmp_path / "events", decode, Ledger(tmp_path, 1), print)()

    assert str(caught.value).startswith(f"{tmp_path}/events: is not what the harness writes: ")
    assert str(caught.value).endswith("\n  help: look for the test that writes to it")


def test_a_test_that_never_ended_has_failed(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, binaries_expected=1)
    list(ledger.enter(decode(line(event="start", test="store a"))))

    ledger.close()

    assert ledger.failed == [FailedTest("store a", "was cut off")]


def test_a_growing_file_is_followed_by_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    follower = Follower(path)

    assert list(follower.lines()) == []
    with path.open("ab", buffering=0) as file:
        file.write(b"one\ntw")
        assert list(follower.lines()) == [b"one"]
        file.write(b"o\nthree\n")
        assert list(follower.lines()) == [b"two", b"three"]
    assert list(follower.lines()) == []


def test_how_far_a_test_moves_in_all_processes_together(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, 1)
    for movement in (Movement(17, 100, 300, 0), Movement(3, 90, 120), Movement(3, 500, 510)):
        assert list(ledger.enter(Moved("store races", movement))) == []
    assert ledger.movements == {"store races": Movement(23, 90, 510, 0)}
