"""What is found before the tests, against a server that answers as GitHub does and a repository on disk."""

import base64
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from factories import FINGERPRINT, snapshot
from git_server import serve as serve_git
from github_server.faults import BAD_GATEWAY, NO_PERMISSION, used_up
from github_server.state import READ_ONLY_BOT, User
from jobs import TOKEN, JobStep, started
from leakgate import prepared
from leakgate.baselines.layout import MARKER
from leakgate.comparison.accepting import LabelAcceptance
from leakgate.comparison.result import Side
from leakgate.config import DEFAULT, Baseline, Config, Fallback, StoreName
from leakgate.errors import UsageError
from leakgate.prepare import describe, prepare
from leakgate.prepared import Prepared
from leakgate.snapshot.stored import dump
from repositories import Repository

ACCEPT = DEFAULT.accept_label
REBUILD = replace(DEFAULT, baseline=Baseline(store=StoreName.REBUILD))
FALLBACK = replace(DEFAULT, baseline=Baseline(fallback=Fallback.REBUILD))
FAILED = "There is no baseline, as looking for one has failed."


@pytest.fixture
def step(tmp_path: Path) -> Iterator[JobStep]:
    with started(tmp_path) as step:
        yield step


@dataclass(frozen=True)
class Made:
    """What came of it: what the next step reads, the check run that was told of, and the line in the log."""

    prepared: Prepared
    check_run: int | None
    summary: str


def found(step: JobStep, config: Config = DEFAULT, asked: Path | None = None) -> Made:
    """What is prepared, by way of the file that the next step reads."""
    directory, begun = step.folder / "prepared", list[int]()
    made = prepare(config, asked, directory, step.edges, begun=begun.append, warn=step.trouble.append)
    prepared.save(directory / "prepared.json", made)
    assert len(begun) <= 1
    return Made(prepared.load(directory / "prepared.json"), begun[0] if begun else None, describe(made))


def test_a_check_run_is_told_of_before_anything_else_can_happen(
    step: JobStep, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    step.open_pull_request()
    monkeypatch.setattr("leakgate.prepare.search", interrupted)
    begun: list[int] = []
    with pytest.raises(KeyboardInterrupt):
        prepare(DEFAULT, None, step.folder / "p", step.edges, begun=begun.append, warn=step.trouble.append)
    assert begun == [run.id for run in step.github.check_runs] != []


def warnings(step: JobStep) -> list[str]:
    return [str(error) for error in step.trouble]


def test_a_pull_requests_base_is_found_on_the_branch_and_handed_over(step: JobStep) -> None:
    base = step.work.head
    head = step.open_pull_request()
    step.measured(base)

    made = found(step)

    assert made.prepared.base is not None
    assert made.prepared.base.snapshot == snapshot("s3 put: gmax=10 end=0", commit=base)
    assert made.prepared.base.side == Side(
        commit=base,
        requested=base,
        distance=0,
        age_seconds=0,
        store="branch",
        source="branch leakgate-baselines",
        fingerprint=FINGERPRINT,
    )
    assert made.summary == (
        f"to be compared with {base[:12]}, the commit asked for, less than a day old, from the branch "
        "leakgate-baselines (the merge commit's parent on main)"
    )
    assert step.requests == ["POST /repos/octo/store/check-runs"]
    [run] = step.github.check_runs
    assert (made.check_run, run.fields["head_sha"]) == (run.id, head)
    assert (run.fields["name"], run.fields["status"]) == ("leakgate / memory", "in_progress")
    assert (step.trouble, step.log, made.prepared.notes) == ([], [], ())


def test_a_commit_that_was_not_measured_is_replaced_by_the_nearest_one(step: JobStep) -> None:
    first = step.work.git("rev-parse", "HEAD~1")
    step.open_pull_request()
    step.measured(first)
    base = found(step).prepared.base
    assert base is not None
    assert (base.side.commit, base.side.requested, base.side.distance) == (first, step.work.head, 1)


def test_a_push_is_compared_with_its_parent_and_its_check_run_is_on_the_pushed_commit(step: JobStep) -> None:
    first, pushed = step.work.git("rev-list", "--reverse", "main").split()
    step.push()
    step.measured(first)
    made = found(step)
    assert made.prepared.base is not None
    assert (made.prepared.base.side.commit, made.prepared.base.side.distance) == (first, 0)
    assert [run.fields["head_sha"] for run in step.github.check_runs] == [pushed]


def test_nothing_measured_yet_is_no_trouble(step: JobStep) -> None:
    step.open_pull_request()
    made = found(step)
    assert made.summary == (
        f"There is no branch `leakgate-baselines` with baselines in {step.origin.path.as_uri()} yet: the next "
        "push to a tracked branch makes it."
    )
    assert (made.prepared.missing, made.prepared.base) == (made.summary, None)
    assert made.prepared.wanted.commit == step.work.head
    assert (step.trouble, made.prepared.notes) == ([], ())


def test_a_token_without_rights_means_no_check_run_and_no_noise(step: JobStep) -> None:
    base = step.work.head
    step.open_pull_request()
    step.measured(base)
    step.github.tokens[TOKEN] = READ_ONLY_BOT
    made = found(step)
    assert made.prepared.base is not None
    assert (made.check_run, step.trouble, made.prepared.notes) == (None, [], ())


def test_a_forge_without_check_runs_is_no_trouble(step: JobStep) -> None:
    step.open_pull_request()
    step.github.has_checks = False
    assert (found(step).check_run, step.trouble) == (None, [])


def test_without_a_token_nothing_is_asked_and_the_events_word_counts(step: JobStep) -> None:
    step.open_pull_request(ACCEPT)
    step.token = None
    made = found(step)
    assert made.prepared.accepted_by == LabelAcceptance(ACCEPT, None)
    assert (made.check_run, step.requests, step.trouble) == (None, [], [])


@pytest.mark.parametrize("who", ["fork", "dependabot"])
def test_a_run_that_may_not_write_writes_nothing_and_finds_its_base(step: JobStep, who: str) -> None:
    base = step.work.head
    step.open_pull_request(home="mallory/store" if who == "fork" else None)
    step.measured(base)
    step.env["GITHUB_ACTOR"] = "mallory" if who == "fork" else "dependabot[bot]"
    refs = step.origin.git("for-each-ref")
    made = found(step)
    assert made.prepared.base is not None
    assert (made.check_run, step.requests, step.trouble) == (None, [], [])
    assert step.origin.git("for-each-ref") == refs


def test_the_label_and_who_put_it_there(step: JobStep) -> None:
    step.open_pull_request(ACCEPT)
    step.github.pulls[7].label(ACCEPT, User("ada", "User"))
    assert found(step).prepared.accepted_by == LabelAcceptance(ACCEPT, "ada")
    assert step.requests == [
        "POST /repos/octo/store/check-runs",
        "GET /repos/octo/store/pulls/7",
        "GET /repos/octo/store/issues/7/events",
    ]


def test_a_label_that_was_taken_off_since_the_event_does_not_count(step: JobStep) -> None:
    step.open_pull_request(ACCEPT)
    assert found(step).prepared.accepted_by is None


def test_when_a_run_is_run_again_the_label_is_asked_for_anew(step: JobStep) -> None:
    step.open_pull_request()  # the event is as old as the first attempt
    step.github.pulls[7].label(ACCEPT, User("grace", "User"))
    assert found(step).prepared.accepted_by is None
    step.env["GITHUB_RUN_ATTEMPT"] = "2"
    assert found(step).prepared.accepted_by == LabelAcceptance(ACCEPT, "grace")


def test_a_run_that_is_run_again_takes_two_requests(step: JobStep) -> None:
    step.open_pull_request()
    step.env["GITHUB_RUN_ATTEMPT"] = "2"
    assert found(step).prepared.accepted_by is None
    assert step.requests == ["POST /repos/octo/store/check-runs", "GET /repos/octo/store/pulls/7"]


@pytest.mark.parametrize("name", ["", "memory: fine"])
def test_another_label_accepts_nothing(step: JobStep, name: str) -> None:
    step.open_pull_request(ACCEPT)
    step.github.pulls[7].label(ACCEPT, User("ada", "User"))
    assert found(step, replace(DEFAULT, accept_label=name)).prepared.accepted_by is None


def test_a_label_that_cannot_be_asked_for_is_noted_and_accepts_nothing(step: JobStep) -> None:
    base = step.work.head
    step.open_pull_request(ACCEPT)
    step.measured(base)
    step.github.plan("GET", "/pulls/7", NO_PERMISSION)
    made = found(step)
    assert made.prepared.base is not None
    assert made.prepared.accepted_by is None
    [note] = made.prepared.notes
    assert note.startswith(f"Whether the pull request has the label `{ACCEPT}` is not known: ")
    assert "403 Resource not accessible by integration" in note


def test_an_api_that_is_down_costs_the_check_run_alone(step: JobStep) -> None:
    base = step.work.head
    step.open_pull_request()
    step.measured(base)
    step.github.plan("POST", "/check-runs", *[BAD_GATEWAY] * 9)
    step.github.plan("GET", "/check-runs", *[BAD_GATEWAY] * 9)
    made = found(step)
    assert made.prepared.base is not None
    assert made.check_run is None
    [note] = made.prepared.notes
    assert note.startswith("No check run could be begun: ")
    assert "502" in note
    assert len(step.trouble) == 1


def test_throttling_costs_the_check_run_alone(step: JobStep) -> None:
    base = step.work.head
    step.open_pull_request()
    step.measured(base)
    step.github.plan("POST", "/check-runs", used_up(step.clock.now + 3600))
    made = found(step)
    assert made.prepared.base is not None
    [note] = made.prepared.notes
    assert note.startswith("No check run could be begun: ")
    assert "rate limit" in note


def test_a_remote_that_is_gone_is_noted_and_the_tests_can_still_be_measured(step: JobStep) -> None:
    step.open_pull_request()
    step.origin.path.rename(step.folder / "moved")
    made = found(step)
    assert made.prepared.missing == FAILED
    [note] = made.prepared.notes
    assert note.startswith("The baseline could not be looked for: ")
    assert warnings(step) != []
    assert made.check_run is not None


def test_a_branch_that_is_somebody_elses_is_noted(step: JobStep) -> None:
    step.open_pull_request()
    step.work.git("push", "--quiet", "origin", "main:refs/heads/leakgate-baselines")
    made = found(step)
    assert made.prepared.missing == FAILED
    [note] = made.prepared.notes
    assert note.endswith(f": the branch `leakgate-baselines` is not leakgate's: it has no file {MARKER}.")


def test_a_damaged_branch_is_noted(step: JobStep) -> None:
    base = step.work.head
    step.open_pull_request()
    step.measured(base)
    step.work.git("fetch", "--quiet", "origin", "leakgate-baselines:leakgate-baselines")
    step.work.git("checkout", "--quiet", "leakgate-baselines")
    step.work.commit("Edited by hand", **{"memory/index.json": "{"})
    step.work.git("push", "--quiet", "origin", "leakgate-baselines")
    made = found(step)
    assert made.prepared.missing == FAILED
    [note] = made.prepared.notes
    assert note == (
        "The baseline could not be looked for: leakgate-baselines:memory/index.json:1:2: damaged index: it is cut "
        "off here."
    )


def test_pull_request_target_is_refused_before_anything_is_done(step: JobStep) -> None:
    step.open_pull_request()
    step.event = "pull_request_target"
    with pytest.raises(UsageError, match="does not measure under `pull_request_target`"):
        found(step)
    assert step.requests == []


def test_outside_of_github_actions_there_is_nothing_to_prepare(step: JobStep) -> None:
    step.open_pull_request()
    with pytest.raises(UsageError, match="this is for the jobs of GitHub Actions"):
        prepare(DEFAULT, None, step.folder, step.local, begun=lambda _: None, warn=step.trouble.append)


def test_with_a_baseline_that_was_named_none_is_looked_for(step: JobStep) -> None:
    step.open_pull_request()
    step.origin.path.rename(step.folder / "moved")
    made = found(step, asked=Path("base.json"))
    assert made.prepared == Prepared()
    assert step.trouble == []
    assert made.check_run is not None


def test_a_committed_file_is_left_to_the_next_step(step: JobStep) -> None:
    file = step.work.path / ".leakgate/baseline.json"
    file.parent.mkdir()
    file.write_bytes(dump(snapshot("s3 put: gmax=10 end=0", commit=step.work.head)))
    step.work.git("add", ".")
    step.open_pull_request()
    step.origin.path.rename(step.folder / "moved")
    made = found(step)
    assert (made.prepared, step.trouble) == (Prepared(), [])
    assert made.summary == "the baseline is a file of this checkout"


def test_a_file_that_is_not_there_yet_is_no_trouble(step: JobStep) -> None:
    step.open_pull_request()
    made = found(step, replace(DEFAULT, baseline=Baseline(store=StoreName.FILE)))
    assert made.prepared.missing is not None
    assert made.prepared.missing.startswith("There is no baseline in .leakgate/baseline.json yet. ")


@pytest.mark.parametrize("config", [REBUILD, FALLBACK], ids=["store", "fallback"])
def test_what_is_to_be_rebuilt_is_left_as_a_working_tree(step: JobStep, config: Config) -> None:
    base = step.work.head
    step.open_pull_request()
    before = step.clone.bytes()

    made = found(step, config)

    assert made.prepared.sources == step.folder / "prepared/sources"
    tree = Repository(made.prepared.sources)
    assert (tree.head, tree.git("status", "--porcelain")) == (base, "")
    assert (tree.path / "src/lib.rs").read_text() == "// two\n"
    assert step.clone.bytes() == before
    assert (
        made.summary == f"{base[:12]} is measured first, to be compared with (the merge commit's parent on main)"
    )
    reason = None if config is REBUILD else "There is no branch `leakgate-baselines` with baselines in "
    assert (made.prepared.missing or "").startswith(reason or "")
    assert (made.prepared.missing is None) == (reason is None)
    assert step.trouble == []


def test_what_is_on_the_branch_is_not_rebuilt(step: JobStep) -> None:
    base = step.work.head
    step.open_pull_request()
    step.measured(base)
    made = found(step, FALLBACK)
    assert made.prepared.base is not None
    assert made.prepared.sources is None


def test_there_is_no_base_to_rebuild_for_a_first_commit(step: JobStep) -> None:
    step.work.git("checkout", "--quiet", "--orphan", "anew")
    step.work.commit("anew")
    step.work.git("branch", "--force", "main", "anew")
    step.work.git("checkout", "--quiet", "main")
    step.work.git("push", "--quiet", "--force", "origin", "main")
    step.push()
    made = found(step, REBUILD)
    assert made.prepared.missing == (
        "No commit could be measured as the baseline: the pushed commit is the first one, without a parent."
    )
    assert (made.prepared.sources, step.trouble) == (None, [])


def test_files_that_cannot_be_had_are_noted(step: JobStep) -> None:
    step.open_pull_request()
    step.origin.path.rename(step.folder / "moved")
    made = found(step, REBUILD)
    assert (made.prepared.missing, made.prepared.sources) == (FAILED, None)
    [note] = made.prepared.notes
    assert note.startswith("The baseline could not be looked for: ")


def test_the_token_is_in_no_file_that_the_tests_could_read(step: JobStep) -> None:
    step.open_pull_request()
    with serve_git(step.folder, readers=frozenset({TOKEN}), writers=frozenset()) as forge:
        step.clone.git("remote", "set-url", "origin", f"{forge.url}/origin.git")
        step.env["GITHUB_SERVER_URL"] = forge.url
        made = found(step, FALLBACK)
    assert (made.prepared.sources, step.trouble) == (step.folder / "prepared/sources", [])
    secrets = (TOKEN.encode(), base64.b64encode(f"x-access-token:{TOKEN}".encode()))
    for parent in (step.folder / "prepared", step.clone.path):
        for directory, _, names in os.walk(parent):
            for name in names:
                content = Path(directory, name).read_bytes()
                assert not any(secret in content for secret in secrets), Path(directory, name)


def test_what_the_label_accepted_passes_the_merge_queue_too(step: JobStep) -> None:
    step.push()
    step.github.pulls[7].label(ACCEPT, User("grace", "User"))
    step.event = "merge_group"
    step.env["GITHUB_REF"] = f"refs/heads/gh-readonly-queue/main/pr-7-{step.work.head}"
    step.payload["merge_group"] = {"head_sha": step.work.head, "base_sha": step.work.git("rev-parse", "HEAD^")}

    assert found(step).prepared.accepted_by == LabelAcceptance(ACCEPT, "grace")


def test_what_the_label_accepted_passes_the_push_that_merges_it(step: JobStep) -> None:
    step.push()
    step.github.pulls[7].label(ACCEPT, User("grace", "User"))
    assert found(step).prepared.accepted_by is None

    step.github.pulls[7].merge(step.work.head)
    assert found(step).prepared.accepted_by == LabelAcceptance(ACCEPT, "grace")


def test_a_push_that_may_not_see_pull_requests_makes_no_noise(step: JobStep) -> None:
    step.push()
    step.github.plan("GET", "/pulls", NO_PERMISSION)
    assert found(step).prepared.accepted_by is None
    assert step.trouble == []


def test_a_key_that_a_later_step_could_not_use_is_refused_before_the_tests(step: JobStep) -> None:
    step.open_pull_request()
    edges = replace(step.edges, key="x" * 300)
    with pytest.raises(UsageError, match="this cannot be a job's key"):
        prepare(DEFAULT, None, step.folder, edges, begun=lambda _: None, warn=step.trouble.append)
    assert step.requests == []
