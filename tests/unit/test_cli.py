"""The command line: exit codes, streams and messages. What needs no process of its own is called in this one."""

import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, CompletedProcess

import jsonschema
import pytest
import typer
from msgspec import structs
from typer.core import TyperCommand, TyperGroup

from factories import dhat, snapshot
from github_server.server import serve
from leakgate import __version__, schemas
from leakgate import cli as command_line
from leakgate.comparison.result import Result, Side, Verdict
from leakgate.reports import json as json_report
from leakgate.snapshot.model import Shard
from leakgate.snapshot.stored import dump

FILES = Path(__file__).parent / "dhat/files"
HEAP = FILES / "dhat-rs-heap.json"
PUT = ("s3::store::put (s3/src/store.rs:20:14)",)
ENV = {name: value for name, value in os.environ.items() if not name.startswith(("LEAKGATE_", "GITHUB_"))}
COMMAND = (sys.executable, "-m", "leakgate")


def run(*args: str | Path, cwd: Path | None = None, **env: str) -> CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *args], cwd=cwd, env=ENV | env, capture_output=True, text=True, encoding="utf-8", check=False
    )


@dataclass(frozen=True)
class Called:
    code: int
    out: str
    err: str


Call = Callable[..., Called]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Call]:
    """`leakgate ARGS` in an empty directory, in this process."""
    for name in set(os.environ) - set(ENV):
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(signal.SIGTERM)

    def called(*args: str | Path) -> Called:
        monkeypatch.setattr(sys, "argv", ["leakgate", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            command_line.main()
        assert isinstance(ended.value.code, int)
        return Called(ended.value.code, *capsys.readouterr())

    yield called
    signal.signal(signal.SIGTERM, before)


def live(path: Path, size: int) -> Path:
    path.write_bytes(dhat((PUT, {"tb": size})))
    return path


def test_compare_prints_the_report_and_exits_with_the_verdict(call: Call, tmp_path: Path) -> None:
    base, head = live(tmp_path / "base.json", 100), live(tmp_path / "head.json", 1000)

    assert call("compare", base, base).code == 0
    failed = call("compare", base, head)

    assert (failed.code, failed.err) == (1, "")
    assert "s3::store::put" in failed.out
    assert failed.out.endswith("✘ 1 of 1 test crossed a memory limit\n")


def test_explain_tells_of_the_last_result(call: Call, tmp_path: Path) -> None:
    base, head = live(tmp_path / "base.json", 100), live(tmp_path / "head.json", 1000)
    call("compare", base, head, "--format", "json", "--output", tmp_path / "result.json")

    told = call("explain", "prof", "--result", tmp_path / "result.json")
    document = call("explain", "profile", "--result", tmp_path / "result.json", "--format", "markdown")
    other = call("explain", "profile", "--result", tmp_path / "result.json", "--format", "xml")

    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("profile: fail\n")
    assert "\n1. s3::store::put  " in told.out
    assert document.out.startswith("## `profile`: fail\n")
    assert (other.code, other.err.splitlines()[0]) == (2, "error: there is no format `xml`")


def test_compare_as_json_keeps_to_the_schema(call: Call) -> None:
    printed = call("compare", HEAP, FILES / "valgrind-heap.json", "--format", "json")

    result = json.loads(printed.out)
    jsonschema.validate(result, schemas.load("result"))
    assert (result["head"]["source"], result["tests"][0]["name"]) == (str(FILES / "valgrind-heap.json"), "profile")


@pytest.mark.parametrize("name", sorted(path.name for path in FILES.glob("*.json")))
def test_a_recorded_file_compared_with_itself_has_not_grown(call: Call, tmp_path: Path, name: str) -> None:
    config = tmp_path / "leakgate.yml"
    config.write_text("limits: {total: {ratio: 1.5}}")  # all that modes without lifetimes measure
    formats = ("--format", "markdown", "--format", "json")
    compared = call("compare", FILES / name, FILES / name, "--config", config, *formats)

    assert (compared.code, compared.err) == (0, "")
    report, _, result = compared.out.partition("\n{")
    assert report.startswith("###")
    assert json.loads("{" + result)["verdict"] == "pass"


def part(path: Path, *tests: str, number: int, of: int) -> Path:
    """A part of a suite, as `leakgate profile --shard` writes it."""
    path.parent.mkdir(exist_ok=True)
    taken = snapshot(*(f"{test}: gmax=10 end=0" for test in tests))
    path.write_bytes(dump(structs.replace(taken, shard=Shard(number=number, of=of))))
    return path


def test_parts_are_joined_and_judged_and_nothing_runs(call: Call, tmp_path: Path) -> None:
    """There is no cargo project here."""
    part(tmp_path / "parts/1.json", "s3 put", number=1, of=2)
    other = part(tmp_path / "other/2.json", "s3 list", number=2, of=2)

    alone = call("check", "--head", "parts", "--output", "out", "--format", "json")
    both = call("check", "--head", "parts", "--head", other, "--output", "out", "--format", "json")

    assert (alone.code, json.loads(alone.out)["problems"]) == (
        3,
        ["Shard 2 of 2 is missing: its job left no part, or it was not fetched."],
    )
    assert (both.code, json.loads(both.out)["verdict"]) == (0, "no-baseline")
    assert [test["name"] for test in json.loads(both.out)["tests"]] == ["s3 list", "s3 put"]


def test_where_parts_are_joined_there_is_no_command(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part(tmp_path / "parts/1.json", "s3 put", number=1, of=1)
    refused = (
        2,
        (
            "error: there is a command, and with --head nothing is run\n"
            "  help: the jobs that measure get the command\n"
        ),
    )

    asked = call("check", "--head", "parts", "--", "cargo", "test")
    monkeypatch.setenv("LEAKGATE_COMMAND", "cargo test")
    from_the_action = call("check", "--head", "parts")

    assert [(one.code, one.err) for one in (asked, from_the_action)] == [refused, refused]


def test_where_no_part_was_left_nothing_was_measured(call: Call, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    ended = call("check", "--head", "parts")
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith("error: parts: no job has left a part of the suite\n")


def test_a_shard_that_is_none_is_told_before_anything_is_built(call: Call) -> None:
    ended = call("profile", "--shard", "5/4")
    assert (ended.code, ended.err.splitlines()[0]) == (2, "error: --shard: `5/4` is no shard")


def test_a_shard_measures_no_foreign_code_beside_a_token_that_may_write(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request_target")
    ended = call("profile", "--shard", "1/2")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: leakgate does not measure under `pull_request_target`")


def test_a_report_in_a_file_is_the_one_that_is_printed(call: Call, tmp_path: Path) -> None:
    printed = call("compare", HEAP, HEAP, "--format", "markdown")
    written = call("compare", HEAP, HEAP, "--format", "markdown", "--output", tmp_path / "new/report.md")

    assert (written.code, written.out, written.err) == (0, "", "")
    assert (tmp_path / "new/report.md").read_text() == printed.out


def test_colours_are_for_terminals_and_for_who_forces_them(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "\x1b[" not in call("compare", HEAP, HEAP).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in call("compare", HEAP, HEAP).out
    call("compare", HEAP, HEAP, "--output", tmp_path / "report.txt")
    assert "\x1b[" not in (tmp_path / "report.txt").read_text()


def changed(**fields: object) -> bytes:
    return json.dumps(json.loads(HEAP.read_text()) | fields).encode()


def with_point(**fields: object) -> bytes:
    points = json.loads(HEAP.read_text())["pps"]
    return changed(pps=[*points, points[0] | fields])


WRONG = {
    "not JSON": (b"hello", ":1:1: is not JSON: "),
    "cut off": (HEAP.read_bytes()[:20_000], ": is cut off: the JSON has not ended after 20,000 bytes\n"),
    "empty": (b"", ": is empty\n"),
    "other JSON": (b'{"name": "left-pad"}', ": is not a DHAT profile: no dhatFileVersion\n"),
    "wrong version": (changed(dhatFileVersion=3), ": $.dhatFileVersion: is version '3'"),
    "wrong mode": (changed(mode="stack"), ": $.mode: has the unknown mode 'stack'\n"),
    "index out of range": (with_point(fs=[1, 99_999]), ": $.pps[26].fs[1]: is not an index"),
    "negative": (with_point(tb=-1), ": $.pps[26].tb: is negative\n"),
    "fraction": (with_point(tb=0.5), ": $.pps[26].tb: is wrong: expected `int`, got `float`\n"),
    "absurdly large": (with_point(tb=10**40), ": $.pps[26].tb: is absurdly large\n"),
    "absurdly large in all": (
        with_point(tb=2**63 - 1, fs=[1]),
        ": $.pps: is absurdly large: total-bytes adds up to 9,223,372,036,854,813,869\n",
    ),
    "wrong types": (changed(pps={}), ": $.pps: is wrong: expected `array`, got `object`\n"),
    "not UTF-8": (HEAP.read_bytes().replace(b"[root]", b"\xff"), ": is not UTF-8: byte 0xff at offset "),
    "nested 200,000 deep": (
        b'{"x": ' + b"[" * 200_000,
        ": is not a DHAT profile: its JSON is nested too deeply\n",
    ),
    "cut off snapshot": (dump(snapshot("s3 a: end=1"))[:-5], ": damaged snapshot: it is cut off here\n"),
    "snapshot nested 200,000 deep": (
        b'{"fingerprint": {}, "x": ' + b"[" * 200_000,
        ": damaged snapshot: its JSON is nested too deeply\n",
    ),
    "negative snapshot": (
        dump(snapshot("s3 a: end=1")).replace(b":1}", b":-1}"),
        ": $.tests[0].metrics[...]: not a leakgate snapshot: expected `int` >= 0\n",
    ),
}


def told(failed: Called, path: Path, message: str) -> None:
    """One message on standard error, with the path, and nothing else anywhere."""
    assert (failed.code, failed.out) == (2, "")
    assert failed.err.startswith(f"error: {path}:")
    assert message in failed.err
    assert failed.err.count("error:") == 1
    assert failed.err.count("\n") == failed.err.count("\n  help: ") + 1
    assert "Traceback" not in failed.err


@pytest.mark.parametrize(("data", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_file_gets_one_message_with_its_path_and_place(
    call: Call, tmp_path: Path, data: bytes, message: str
) -> None:
    path = tmp_path / "wrong.json"
    path.write_bytes(data)

    told(call("compare", HEAP, path), path, message)
    told(call("compare", path, HEAP), path, message)


def test_what_is_no_file_gets_one_message_too(call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")

    told(call("compare", HEAP, tmp_path / "none"), tmp_path / "none", "cannot be read: No such file or directory")
    told(call("compare", HEAP, tmp_path / "empty"), tmp_path / "empty", "no DHAT file (*.json) in this directory")
    told(call("compare", HEAP, tmp_path / "pipe"), tmp_path / "pipe", "is not a regular file")
    told(call("compare", HEAP, "x" * 5000), Path("x" * 5000), "cannot be read: File name too long")


@pytest.mark.parametrize("start", [b"{", b'{"fingerprint": {'])
def test_one_line_of_two_gigabytes_is_refused_without_reading_it(call: Call, tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "line.json"
    path.write_bytes(start)
    os.truncate(path, 2 << 30)  # sparse: takes no room

    told(
        call("compare", HEAP, path), path, "is 2,147,483,648 bytes long, and leakgate reads at most 1,073,741,824"
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--nope"], "No such option: --nope"),
        (["nope"], "No such command 'nope'."),
        ([], "Missing command."),
        (["compare", "one"], "Missing argument 'HEAD'."),
        (
            ["check", "--jobs", "0"],
            "Invalid value for '--jobs' (env var: 'LEAKGATE_JOBS'): 0 is not in the range x>=1.",
        ),
        (["compare", "a", "b", "--format", "xml"], "there is no report format `xml`"),
        (["schema", "nope"], "there is no schema `nope`"),
        (["baseline", "save", "--store", "s3"], "there is no baseline store `s3`"),
        (["baseline", "show"], "there is no baseline for this checkout"),
        (["baseline", "list", "--format", "xml"], "there is no format `xml` for this"),
        (["prepare", "somewhere"], "this is for the jobs of GitHub Actions, and this is none"),
        (["check", "--profiler", "heaptrack"], "there is no profiler `heaptrack`"),
        (["publish", "--comment", "sometimes"], "there is no comment mode `sometimes`"),
        (["check", "--config", "none.yml"], "none.yml: the config file is not there"),
        (["check", "--base", "none.json"], "none.json: the baseline is not there"),
        (["check", "--load", "sh -c 'oh"], "--load is no command line: No closing quotation"),
        (["check", "--limits", "t-end: {max: 1 parsec}"], "--limits:1:"),
    ],
)
def test_bad_usage_is_told_with_what_to_do(call: Call, args: list[str], message: str) -> None:
    failed = call(*args)

    assert (failed.code, failed.out) == (2, "")
    assert failed.err.startswith(f"error: {message}")
    if message.endswith("there"):
        return
    assert failed.err.count("\n  help: ") == (0 if "config file" in message else 1)


def test_a_wrong_command_in_the_environment_is_told(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAKGATE_COMMAND", "cargo 'test")

    failed = call("check")

    assert (failed.code, failed.err) == (
        2,
        "error: LEAKGATE_COMMAND is no command line: No closing quotation\n  help: close the quotes\n",
    )


def test_a_baseline_is_saved_and_shown(call: Call, tmp_path: Path) -> None:
    (tmp_path / "s.json").write_bytes(dump(snapshot("s3 put: gmax=2048 end=0 total=4096")))

    saved = call("baseline", "save", "s.json", "--commit", "a" * 40)
    shown = call("baseline", "show")

    assert (saved.code, saved.out) == (0, "")
    assert saved.err == "1 test saved as the baseline in .leakgate/baseline.json; commit that file\n"
    assert (shown.code, shown.err) == (0, "")
    assert re.search(r"^s3 put +2 KiB +0 B +4 KiB +0 sites$", shown.out, re.MULTILINE)
    assert "aaaaaaaaaaaa" in shown.out


def test_inside_actions_an_error_is_annotated_and_a_report_is_no_command(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    (tmp_path / "::error::x.json").write_bytes(HEAP.read_bytes())

    failed = call("compare", HEAP, tmp_path / "none")
    report = call("compare", HEAP, "::error::x.json").out.splitlines()

    assert failed.err.splitlines()[-1].startswith("::error title=leakgate::")
    (token,) = {line.removeprefix("::stop-commands::") for line in report if line.startswith("::stop-commands::")}
    assert (report[0], report[-1]) == (f"::stop-commands::{token}", f"::{token}::")


RESULT = json_report.render(
    Result(verdict=Verdict.NO_BASELINE, base=None, head=Side(fingerprint={}), tests=())
).encode()
WRONG_RESULTS = {
    "cut off": (RESULT[:-3], ": damaged result: it is cut off here\n"),
    "empty": (b"", ": is empty\n"),
    "not JSON": (b"hello", ":1:1: damaged result: "),
    "not UTF-8": (RESULT.replace(b"no-b", b"\xff"), ": damaged result: byte 0xff is not UTF-8\n"),
    "nested 200,000 deep": (b'{"x": ' + b"[" * 200_000, ":1:1: damaged result: its JSON is nested too deeply\n"),
    "another verdict": (
        RESULT.replace(b'"no-baseline"', b'"splendid"'),
        ": $.verdict: not a leakgate result: invalid enum value 'splendid'\n",
    ),
    "no tests": (b'{"verdict": "pass"}', ": $: not a leakgate result: object missing required field `base`\n"),
    "another version": (
        RESULT.replace(b'"version": 1', b'"version": 2'),
        ": $.version: result version 2; this leakgate reads version 1\n",
    ),
}


@pytest.mark.parametrize(("data", "message"), WRONG_RESULTS.values(), ids=WRONG_RESULTS)
def test_a_wrong_result_is_not_published(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data: bytes, message: str
) -> None:
    in_actions(monkeypatch)
    (tmp_path / "result.json").write_bytes(data)

    failed = call("publish", tmp_path)

    assert (failed.code, failed.out) == (2, "")
    assert failed.err.startswith(f"error: {tmp_path}/result.json:")
    assert message in failed.err
    assert "Traceback" not in failed.err


def test_what_is_no_result_of_a_sane_size_is_not_published(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    in_actions(monkeypatch)
    path = tmp_path / "result.json"

    assert (
        f"{path}: there is no result\n  help: make it first: `leakgate check`\n" in call("publish", tmp_path).err
    )
    os.mkfifo(path)
    assert f"{path}: is not a regular file\n" in call("publish", tmp_path).err
    path.unlink()
    path.write_bytes(RESULT)
    os.truncate(path, 2 << 30)  # sparse: takes no room
    failed = call("publish", tmp_path)
    assert failed.code == 2
    assert f"{path}: is longer than 50,000,000 bytes, the most of a result\n" in failed.err


def test_outside_actions_nothing_is_published(call: Call, tmp_path: Path) -> None:
    (tmp_path / "result.json").write_bytes(RESULT)

    failed = call("publish", tmp_path)

    assert (failed.code, failed.out) == (2, "")
    assert failed.err == (
        "error: this is for the jobs of GitHub Actions, and this is none\n"
        "  help: `leakgate check` finds its baseline itself, and leaves the comment's text in comment.md\n"
    )


def test_a_result_is_published_and_trouble_with_it_is_a_warning(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "result.json").write_bytes(RESULT)
    head = {"sha": "a" * 40, "ref": "feature", "repo": {"full_name": "octo/store"}}
    (tmp_path / "event.json").write_text(json.dumps({"pull_request": {"number": 7, "head": head}}))
    (tmp_path / "leakgate.yml").write_text("comment: never")
    with serve() as github:
        in_actions(
            monkeypatch,
            GITHUB_API_URL=github.url,
            GITHUB_EVENT_NAME="pull_request",
            GITHUB_EVENT_PATH=str(tmp_path / "event.json"),
            GITHUB_REPOSITORY=github.repository,
            LEAKGATE_TOKEN="ghs_workflow",
        )
        never = call("publish", tmp_path)
        monkeypatch.setenv("LEAKGATE_COMMENT", "always")
        posted = call("publish", tmp_path)
        monkeypatch.setenv("LEAKGATE_TOKEN", "ghs_expired")
        refused = call("publish", tmp_path)

    assert (never.code, never.out.splitlines()[0]) == (0, "leakgate: no comment, as the mode is never")
    assert (posted.code, posted.err) == (0, "")
    assert [comment.body.splitlines()[2] for comment in github.comments] == [
        "### ⚠️ leakgate: no baseline: 0 tests measured, growth was NOT judged"
    ]
    assert refused.code == 4
    assert "GitHub refused the token (401 Bad credentials)" in refused.err
    assert refused.err.splitlines()[-1].startswith("::warning title=leakgate::")


def in_actions(monkeypatch: pytest.MonkeyPatch, **env: str) -> None:
    for name, value in ({"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "octo/store"} | env).items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("name", schemas.NAMES)
def test_schema_prints_the_published_file(call: Call, name: str) -> None:
    printed = call("schema", name)

    assert (printed.code, printed.out, printed.err) == (0, schemas.text(name), "")


def test_init_writes_what_is_not_there_and_says_what_to_do_next(call: Call, tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text("[package]\n")
    files = ("leakgate.yml", ".github/workflows/leakgate.yml")

    first, second = call("init"), call("init")

    assert (first.code, first.err) == (0, f"{files[0]} written\n{files[1]} written\n")
    assert first.out.startswith("next:\n  1. `leakgate doctor` tells ")
    assert (second.code, second.out) == (2, "")
    assert second.err.startswith(f"error: {files[0]} and {files[1]} are there already, and nothing was written\n")
    assert call("init", "--force").code == 0


def test_doctor_exits_as_a_check_would(call: Call) -> None:
    told = call("doctor", "--format", "json", "--", "cargo", "bench")

    assert (told.code, told.err) == (2, "")
    report = json.loads(told.out)
    jsonschema.Draft202012Validator(schemas.load("doctor")).validate(report)
    assert report["exit_code"] == 2
    assert call("check", "--", "cargo", "bench").code == 2


def test_doctor_knows_no_other_format(call: Call) -> None:
    refused = call("doctor", "--format", "html")

    assert (refused.code, refused.err) == (
        2, "error: there is no format `html` for this\n  help: choose: console, json\n"
    )  # fmt: skip


def verbs(group: TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from verbs(command, (*path, name))
        elif isinstance(command, TyperCommand) and not command.hidden:
            yield (*path, name), command


ROOT = typer.main.get_command(command_line.app)
VERBS = dict(verbs(ROOT)) if isinstance(ROOT, TyperGroup) else {}


def test_the_verbs() -> None:
    assert {" ".join(path) for path in VERBS} == {
        "check", "profile", "calibrate", "compare", "explain", "prepare", "publish", "schema", "demo", "history",
        "bisect", "init", "doctor", "baseline save", "baseline show", "baseline list", "baseline prune",
    }  # fmt: skip


@pytest.mark.parametrize("path", VERBS, ids=" ".join)
def test_help_explains_each_option_and_shows_an_example(call: Call, path: tuple[str, ...]) -> None:
    helped = call(*path, "--help")

    assert (helped.code, helped.err) == (0, "")
    assert f"  leakgate {' '.join(path)}" in helped.out
    for parameter in VERBS[path].params:
        assert getattr(parameter, "help", None), parameter.name
        assert all(name in helped.out for name in (*parameter.opts, *parameter.secondary_opts) if name[:1] == "-")


def test_help_tells_the_exit_codes(call: Call) -> None:
    helped = " ".join(call("--help").out.split())

    assert all(f"{code} " in helped for code in (0, 1, 2, 3, 4, 70, 130))


def test_version_is_answered_without_loading_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "leakgate", "--version"],
        env=ENV, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stdout == f"leakgate {__version__}\n"
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not imported & {"typer", "click", "msgspec", "rich", "leakgate.cli"}


def test_compare_loads_nothing_that_it_does_not_need() -> None:
    code = (
        "import sys\nfrom leakgate.cli import main\n"
        f"sys.argv[1:] = ['compare', {str(HEAP)!r}, {str(HEAP)!r}, '--format', 'json']\n"
        "try: main()\nexcept SystemExit: print(*sys.modules, file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", code], env=ENV, capture_output=True, text=True, check=True)

    assert not {"httpx", "jsonschema", "ruamel.yaml", "tree_sitter"} & set(done.stderr.split())


def test_the_verdict_survives_a_reader_that_has_seen_enough(tmp_path: Path) -> None:
    live(tmp_path / "base.json", 100)
    live(tmp_path / "head.json", 1000)
    ending, beginning = os.pipe()
    os.close(ending)

    done = subprocess.run(
        [*COMMAND, "compare", "base.json", "head.json"],
        cwd=tmp_path, env=ENV, stdout=beginning, stderr=PIPE, text=True, check=False,
    )  # fmt: skip

    os.close(beginning)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            "base.json head.json >/dev/full",
            4,
            "error: standard output: the report cannot be written: No space left on device\n",
        ),
        ("base.json head.json >&- 2>&-", 1, ""),
        ("none none 2>/dev/full", 2, ""),
        ("none none 2>&-", 2, ""),
    ],
)
def test_the_exit_code_survives_streams_that_cannot_be_written(
    tmp_path: Path, arguments: str, code: int, message: str
) -> None:
    live(tmp_path / "base.json", 100)
    live(tmp_path / "head.json", 1000)
    command = f'"{sys.executable}" -m leakgate compare {arguments}'

    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=ENV, stderr=PIPE, text=True, check=False)

    assert (done.returncode, done.stderr) == (code, message)


def test_a_terminal_without_the_signs_still_gets_the_figures() -> None:
    done = run("compare", HEAP, HEAP, PYTHONIOENCODING="ascii")

    assert (done.returncode, done.stderr) == (0, "")
    assert "31.39 KiB" in done.stdout


A_BUG = "from leakgate import check, cli\ndel check.compare_files\ncli.main()"


def test_a_bug_of_ours_is_told_as_one(tmp_path: Path) -> None:
    def buggy(**env: str) -> CompletedProcess[str]:
        arguments: list[str | Path] = [sys.executable, "-c", A_BUG, "compare", HEAP, HEAP]
        return subprocess.run(arguments, cwd=tmp_path, env=ENV | env, capture_output=True, text=True, check=False)

    told_short, told_long = buggy(), buggy(LEAKGATE_DEBUG="1")

    assert (told_short.returncode, told_short.stdout) == (70, "")
    assert told_short.stderr == (
        f"error: a bug of leakgate {__version__}: AttributeError: "
        "module 'leakgate.check' has no attribute 'compare_files'\n"
        "  help: run it again with LEAKGATE_DEBUG=1 and report what it prints\n"
    )
    assert told_long.stderr.startswith("Traceback (most recent call last):")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_what_runs_and_leaves_nothing_half_done(
    tmp_path: Path, number: signal.Signals
) -> None:
    os.mkfifo(tmp_path / "alive")
    (tmp_path / "bin").mkdir()
    for name in ("cargo", "rustc"):
        (tmp_path / "bin" / name).write_text(f'#!/bin/sh\nexec 3> "{tmp_path}/alive"\necho >&3\nexec sleep 600\n')
        (tmp_path / "bin" / name).chmod(0o755)
    env = ENV | {"PATH": f"{tmp_path}/bin:{ENV['PATH']}"}

    with subprocess.Popen(
        [*COMMAND, "check"], cwd=tmp_path, env=env, stdout=PIPE, stderr=PIPE, text=True
    ) as process:
        alive = os.open(tmp_path / "alive", os.O_RDONLY)
        assert os.read(alive, 1) == b"\n"
        process.send_signal(number)
        out, err = process.communicate()

    assert (process.returncode, out) == (130, "")
    assert err.endswith("interrupted: nothing was compared\n")
    assert "Traceback" not in err
    assert select.select([alive], [], [], 30)[0], "what leakgate started is still alive"
    assert os.read(alive, 1) == b""
    os.close(alive)
    assert list((tmp_path / "target/leakgate").iterdir()) == []
