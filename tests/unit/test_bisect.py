"""A bisection with real git and a suite that reads its figures from a file; the clone stays as it is."""

import hashlib
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest

from bisecting import BUG, ENV, FAILED, NEWER_COMPILER, STEP, UNCOMPILABLE, edges, git_in
from leakgate.bisect.ends import Question, World
from leakgate.bisect.story import bisect
from leakgate.comparison.result import Verdict
from leakgate.config import DEFAULT, AcceptRule, Config, IgnoreRule, Limit
from leakgate.dhat.profile import Metric
from leakgate.errors import LeakgateError, MeasurementError, ServiceError, UsageError
from leakgate.profilers.process import ProcessRunner, run
from leakgate.profilers.suite import Note, OutputLine, ProgressEvent
from leakgate.reports.culprit import Culprit, render

NO_COMMIT = (
    "no commit in this clone\n"
    "  help: name a commit, a tag or a branch; `git fetch --unshallow --tags` fetches what is missing"
)
LIMITS = "  help: its limits: t-gmax 1.5× and +4 KiB; t-end 1.5× and +64 B; `--limits` sets others"


@dataclass
class Project:
    """A clone whose commits each have a suite."""

    path: Path
    said: list[str] = field(default_factory=list)
    commits: dict[str, str] = field(default_factory=dict)
    step: tuple[str, ...] = STEP
    start: ProcessRunner = run
    env: Mapping[str, str] = field(default_factory=lambda: ENV)

    def git(self, *args: str) -> str:
        done = subprocess.run(["git", *args], cwd=self.path, env=ENV, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, name: str, *suite: str) -> str:
        """Make a commit of this name; without a suite the figures stay what they were."""
        if suite:
            (self.path / "suite").write_text("\n".join(suite))
        self.git("add", ".")
        self.git("commit", "--quiet", "--allow-empty", f"--message={name}")
        self.commits[name] = self.git("rev-parse", "HEAD")
        self.git("tag", name)
        return self.commits[name]

    def puts(self, *figures: int | str) -> None:
        """Commits called `c1`, `c2`, … whose test `shop put` leaves so many bytes behind."""
        for number, figure in enumerate(figures, 1):
            whole = figure in {UNCOMPILABLE, BUG}
            self.commit(f"c{number}", str(figure) if whole else f"shop put {figure}", f"# {number}")

    def bisect(
        self, good: str = "c1", bad: str = "HEAD", test: str = "shop put", config: Config = DEFAULT
    ) -> Culprit:
        before = self.contents()
        world = World(edges(self.path, self.listen, self.env), git_in(), self.start, self.step)
        try:
            return bisect(Question(good, bad, test), config, world)
        finally:
            assert self.contents() == before

    def refuses(
        self, kind: type[LeakgateError], good: str = "c1", bad: str = "HEAD", test: str = "shop put"
    ) -> str:
        with pytest.raises(kind) as caught:
            self.bisect(good, bad, test)
        return self.named(str(caught.value))

    def contents(self) -> dict[str, str]:
        files = (path for path in sorted(self.path.rglob("*")) if path.is_file())
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def listen(self, event: ProgressEvent) -> None:
        if isinstance(event, Note | OutputLine):
            self.said.append(self.named(event.text))

    def named(self, text: str) -> str:
        """The text with commits by name."""
        for name, commit in self.commits.items():
            text = text.replace(commit, f"<{name}>").replace(commit[:12], f"<{name}>")
        return text

    def name(self, commit: str) -> str:
        return next(name for name, known in self.commits.items() if known == commit)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    path = tmp_path / "a project"
    path.mkdir()
    project = Project(path)
    project.git("init", "--quiet", "--initial-branch=main")
    return project


@pytest.fixture(autouse=True)
def nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    room = tmp_path / "temporary"
    room.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(room))

    def check() -> None:
        assert list(room.iterdir()) == []

    return check


def suspects(culprit: Culprit, project: Project) -> list[str]:
    return [project.name(suspect.commit) for suspect in culprit.suspects]


def test_the_first_commit_that_crossed_is_found_and_shown_with_its_sites(
    project: Project, nothing_is_left_behind: Callable[[], None]
) -> None:
    project.puts(100, 100, 110, 4000, 4000, 4000, 4000)

    culprit = project.bisect()

    assert suspects(culprit, project) == ["c4"]
    assert project.said == [
        "measuring the good end, the bad end, then 6 commits to search, about 2 steps",
        "good: <c1> c1 → t-end 100 B, t-gmax 100 B",
        "bad: <c7> c7 → t-end 3.91 KiB, crossed",
        "step 1, about 2 more: <c4> c4 → t-end 3.91 KiB, crossed",
        "step 2, about 1 more: <c3> c3 → t-end 110 B",
    ]
    assert (
        project.named(render(culprit))
        == """\
The first commit in which `shop put` crosses its limit:

  commit   <c4>
  author   Ada <ada@example.com>
  date     2026-11-02T10:00:00+01:00
  subject  c4

Compared with its parent, <c3> c3:

           base      head          Δ    ratio  limit
shop put
  t-end   110 B  3.91 KiB  +3.80 KiB   36.36×  1.5× and +64 B  FAIL

shop put grew here:
    Δ t-end             function    at
  +3.80 KiB  ±0 blocks  shop::put   src/lib.rs:3
  Cause unknown.
  the first one's stack, innermost call on top:
    shop::put (src/lib.rs:3)

base  <c3>
head  <c4> (dhat-rs 0.3.3, rustc 1.95.0, x86_64-unknown-linux-gnu, dev, features dhat-heap)
✘ 1 of 1 test crossed a memory limit
"""
    )
    nothing_is_left_behind()


def test_the_only_commit_between_needs_no_search(project: Project) -> None:
    project.puts(100, 4000)
    assert suspects(project.bisect(), project) == ["c2"]
    assert project.said[0] == "measuring the good end, the bad end, then 1 commit to search"
    assert len(project.said) == 3


def test_commits_that_cannot_be_measured_are_passed_over(project: Project) -> None:
    project.puts(100, 100, 100, 4000, 4000, UNCOMPILABLE, 4000)
    assert suspects(project.bisect(), project) == ["c4"]


def test_where_they_stand_before_the_culprit_it_is_one_of_these(project: Project) -> None:
    project.puts(100, 100, UNCOMPILABLE, FAILED, 4000, 4000)

    culprit = project.bisect()

    assert not culprit.is_certain
    assert project.named(render(culprit)).splitlines()[:7] == [
        "The first commit in which `shop put` crosses its limit is one of these 3:",
        "",
        "  <c3>  c3 → skipped: cargo could not build the tests (error: expected `;`)",
        "  <c4>  c4 → skipped: the test failed",
        "  <c5>  c5 → t-end 3.91 KiB, crossed",
        "",
        "The last of them compared with the last good commit, <c2> c2:",
    ]


def test_a_commit_that_was_measured_otherwise_is_passed_over(project: Project) -> None:
    project.commit("c1", "shop put 100")
    project.commit("c2", "shop put 9999", NEWER_COMPILER)
    project.commit("c3", "shop put 4000")
    culprit = project.bisect()
    assert suspects(culprit, project) == ["c2", "c3"]
    assert culprit.suspects[0].word == "skipped: it cannot be compared: rustc is `1.96.0`, not `1.95.0`"


def test_what_grew_little_by_little_is_compared_with_the_good_end(project: Project) -> None:
    project.puts(1000, 1200, 1400, 1600, 1800)
    culprit = project.bisect()
    assert suspects(culprit, project) == ["c4"]
    assert project.name(culprit.against.commit) == "c1"
    assert culprit.why == "the good end, for compared with its parent alone it crosses nothing"
    assert culprit.result.verdict is Verdict.FAIL


def test_only_what_the_bad_end_crosses_is_looked_for(project: Project) -> None:
    """A peak on the way that is gone again is not what was asked for."""
    project.puts(100, 100, "9000^100", 100, 4000)
    assert suspects(project.bisect(), project) == ["c5"]
    assert suspects(project.bisect(bad="c3"), project) == ["c3"]


def test_growth_that_was_accepted_is_found_all_the_same(project: Project) -> None:
    project.puts(100, 4000)
    rule = AcceptRule(test="shop put", up_to={Metric.T_END_BYTES: 9999}, reason="agreed", expires=date(2027, 1, 1))
    assert suspects(project.bisect(config=replace(DEFAULT, accept=(rule,))), project) == ["c2"]


def test_merged_branches_are_searched_too(project: Project) -> None:
    project.puts(100, 100)
    project.git("switch", "--quiet", "-c", "side", "c1")
    project.commit("side1", "shop put 100", "# side")
    project.commit("side2", "shop put 4000", "# side")
    project.git("switch", "--quiet", "main")
    project.git("merge", "--quiet", "--no-ff", "--strategy-option=theirs", "--message=merge", "side")
    project.commit("c3")
    assert suspects(project.bisect(), project) == ["side2"]


def test_the_test_alone_is_run_where_that_is_safe(project: Project, tmp_path: Path) -> None:
    for number, figure in enumerate((100, 100, 4000), 1):
        project.commit(f"c{number}", f"shop put {figure}", "shop list 10", f"shop::api put {figure}")
    project.env = {**ENV, "COMMANDS": str(tmp_path / "commands")}

    def commands(test: str, *words: str, of: tuple[str, ...] = ("cargo", "test")) -> list[str]:
        (tmp_path / "commands").unlink(missing_ok=True)
        project.bisect(test=test, config=replace(DEFAULT, command=(*of, *words)))
        return (tmp_path / "commands").read_text().splitlines()

    alone = "cargo test -- --exact put"
    assert commands("shop put") == [alone] * 3
    assert commands("api") == ["cargo test", *[alone] * 3]  # which test that is shows the whole suite
    assert commands("shop put", "--", "--test-threads=1") == ["cargo test -- --test-threads=1 --exact put"] * 3
    assert commands("shop put", "put") == ["cargo test put"] * 3  # two filters would run what either matches
    nextest = ("cargo", "nextest", "run")
    alone = "cargo nextest run -E binary_id(=shop::api) & test(=put)"
    assert commands("shop::api put", of=nextest) == [alone] * 3
    assert commands("shop put", "-E", "test(put)", of=nextest) == ["cargo nextest run -E test(put)"] * 3
    assert commands("shop put", of=("make", "test")) == ["make test"] * 3


@pytest.mark.parametrize("ignored", ["/Cargo.lock", "/target"])
def test_a_lockfile_that_is_not_in_git_pins_the_steps_too(project: Project, tmp_path: Path, ignored: str) -> None:
    """Though each build writes to it. A commit that has one keeps its own."""
    (project.path / ".gitignore").write_text(f"{ignored}\n")
    (project.path / "Cargo.toml").touch()
    project.puts(100, 100)
    (project.path / "Cargo.lock").write_text("of the commit")
    project.commit("c3", "shop put 4000", "# 3")
    (project.path / "Cargo.lock").write_text("the user's")
    project.env = {**ENV, "LOCKS": str(tmp_path / "locks")}

    assert suspects(project.bisect(), project) == ["c3"]

    last = "the user's" if ignored == "/Cargo.lock" else "of the commit"
    assert (tmp_path / "locks").read_text().splitlines() == ["the user's", last, "the user's"]


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        (
            "c9",
            "HEAD",
            f"--good: `c9` is {NO_COMMIT}",
        ),
        (
            "c1",
            "--all",
            f"--bad: `--all` is {NO_COMMIT}",
        ),
        ("c3", "c1", "no commit lies between `c3` and `c1`\n  help: --good is the older one"),
        (
            "c1",
            "c2",
            f"--bad c2: `shop put` crosses no limit here: t-gmax 100 B → 150 B, t-end 100 B → 150 B\n{LIMITS}",
        ),
        (
            "c1",
            "c4",
            "--bad c4: cannot be measured: cargo could not build the tests\n  help: name a commit that can be",
        ),
        (
            "c4",
            "c5",
            "--good c4: cannot be measured: cargo could not build the tests\n  help: name a commit that can be",
        ),
        ("c1", "c5", "--bad c5: cannot be measured: the test failed\n  help: name a commit that can be"),
        ("c1", "c6", "--bad c6: cannot be measured: no test matched\n  help: name a commit that can be"),
        (
            "c6",
            "c7",
            "--good c6: there is no test `shop put`\n  help: did you mean `shop pit`?",
        ),
    ],
)
def test_ends_that_nothing_can_be_found_between(project: Project, good: str, bad: str, message: str) -> None:
    project.puts(100, 150, 4000, UNCOMPILABLE, FAILED)
    project.commit("c6", "shop pit 100")
    project.commit("c7", "shop pit 100", "shop list 1")
    assert project.refuses(LeakgateError, good, bad) == message
    if "cargo could not build" in message:
        assert project.said[-2:] == ["    error: expected `;`", "      --> src/lib.rs:9"]


def test_a_good_end_that_is_not_good(project: Project) -> None:
    project.puts(4000, 4000, 9000)
    with pytest.raises(UsageError) as caught:
        project.bisect(config=replace(DEFAULT, limits={Metric.T_END_BYTES: Limit(maximum=2048)}))
    assert str(caught.value) == (
        "--good c1: `shop put` crosses a limit already here: t-end 3.91 KiB, and max 2 KiB\n"
        "  help: name an older commit"
    )


def test_growth_that_a_rule_ignores_is_not_looked_for(project: Project) -> None:
    project.puts(100, 4000)
    rule = IgnoreRule(frame=None, test="shop *", reason="known", expires=None)
    with pytest.raises(UsageError) as caught:
        project.bisect(config=replace(DEFAULT, ignore=(rule,)))
    assert caught.value.remedy == "a rule of the config ignores it"


def test_a_good_end_that_has_mended_it_meanwhile(project: Project) -> None:
    project.puts(4000, 4000, 4000)
    project.git("switch", "--quiet", "-c", "mended", "c1")
    project.commit("mended-it", "shop put 100")
    message = project.refuses(UsageError, "mended-it", "main")
    assert message.startswith("the test crosses its limit already where `mended-it` and `main` part")


def test_no_common_history(project: Project) -> None:
    project.puts(100)
    project.git("switch", "--quiet", "--orphan", "other")
    project.commit("other-1", "shop put 4000")
    assert "have no common history in this clone" in project.refuses(UsageError, "c1", "other-1")


def test_no_repository(tmp_path: Path) -> None:
    world = World(edges(tmp_path, lambda _event: None), git_in(), run, STEP)
    with pytest.raises(UsageError, match="there is no git working tree here"):
        bisect(Question("a", "b", "c"), DEFAULT, world)


def test_a_failure_of_ours_is_no_word_on_a_commit(project: Project) -> None:
    project.puts(100, 100, BUG, 4000, 4000)
    message = project.refuses(ServiceError)
    assert message == "commit <c3>: the search stopped: ZeroDivisionError: "


@pytest.mark.parametrize("code", [0, 1, 2, 70])
def test_what_no_step_has_noted_is_not_believed(project: Project, code: int) -> None:
    """A Python that cannot import leakgate exits with 1, which git takes for a verdict."""
    project.puts(100, 100, 100, 4000, 4000)
    project.step = ("sh", "-c", f"echo ImportError; exit {code}")
    message = project.refuses(ServiceError)
    assert message == "a step ended without a verdict of its own\n  help: see what it printed above"
    assert "    ImportError" in project.said


def test_an_exit_code_that_contradicts_what_was_noted_is_not_believed(project: Project) -> None:
    project.puts(100, 100, 100, 4000, 4000)
    project.step = ("sh", "-c", f'{" ".join(STEP)} "$1"; exit 1', "step")
    assert project.refuses(ServiceError).startswith("a step ended without a verdict of its own")


def test_a_step_that_cannot_start_stops_the_search(project: Project) -> None:
    project.puts(100, 100, 100, 4000, 4000)
    project.step = ("/nowhere/python",)
    message = project.refuses(ServiceError)
    assert message.startswith("`git bisect run` ended with ")
    assert "/nowhere/python" in "".join(project.said)


def test_an_interrupted_search_leaves_nothing_behind(
    project: Project, nothing_is_left_behind: Callable[[], None]
) -> None:
    def start(argv: Sequence[str], **_: object) -> int:
        del argv
        raise KeyboardInterrupt

    project.puts(100, 100, 4000, 4000)
    project.start = start
    with pytest.raises(KeyboardInterrupt):
        project.bisect()
    nothing_is_left_behind()


def test_what_a_commit_says_is_not_trusted(project: Project) -> None:
    project.commit("c1", "shop put 100")
    (project.path / "suite").write_text("shop put 4000")
    project.git("add", ".")
    project.git("commit", "--quiet", "--author=\u202eMallory <m@example.com>", "--message=\x1b[31m::error::red")
    shown = render(project.bisect())
    assert "  author   \\u{202e}Mallory <m@example.com>\n" in shown
    assert "  subject  \\u{1b}[31m::error::red\n" in shown


def test_the_measurement_errors_exit_code_is_that_of_the_contract(project: Project) -> None:
    project.puts(100, UNCOMPILABLE)
    project.refuses(MeasurementError)
