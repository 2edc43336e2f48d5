"""The whole action, run by `act` on this machine, against a local server that speaks GitHub's API.

Needs cargo, git, `act` on PATH and `npm ci` done in `tests/`; `.ci/run` sees to that. A missing tool is a failure.
"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from act import Run, act, copy_action, copy_example, environment, git
from github_server.openapi import Description
from github_server.server import GitHub, serve

pytestmark = pytest.mark.ci

WORKFLOW = """\
on: pull_request
permissions:
  contents: read
  pull-requests: write
jobs:
  memory:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - id: gate
        uses: leakgate/leakgate@v0
        with:
          command: cargo test
          baseline: ci/baseline.json
          working-directory: services/store
      - id: later
        if: always()
        env:
          OUTPUTS: ${{ toJSON(steps.gate.outputs) }}
          RESULT: ${{ steps.gate.outputs.result }}
          SNAPSHOT: ${{ steps.gate.outputs.snapshot }}
        run: |
          echo "$OUTPUTS"
          test "$(head -c 1 "$RESULT")$(head -c 1 "$SNAPSHOT")" = "{{"
          test -z "$(git status --porcelain)"
          test -z "$VIRTUAL_ENV$PYTHONPATH$UV_PROJECT_ENVIRONMENT$LEAKGATE_TOKEN"
"""

# What a curious test of the pull request would do.
SPY = """\
use std::{fs, io::Read};

#[test]
fn no_process_above_was_given_the_token() {
    let mut environment = vec![0; 1 << 20]; // of one size whatever is in it, so that the measurement is steady
    let (mut pid, mut read) = (std::process::id(), 0);
    while pid > 1 {
        if let Ok(mut file) = fs::File::open(format!("/proc/{pid}/environ")) {
            let length = file.read(&mut environment).unwrap();
            let found = environment[..length].windows(12).any(|word| word == b"ghs_workflow");
            assert!(!found, "process {pid} was given the token");
            read += 1;
        }
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap();
        pid = parent.trim().parse().unwrap();
    }
    assert!(read > 3, "only {read} processes could be looked at");
}
"""


@dataclass(frozen=True)
class Machine:
    """A repository with a pull request, and a runner for it."""

    repository: Path
    action: Path
    target: Path
    tmp: Path

    @property
    def project(self) -> Path:
        """The cargo project, which is not at the repository's root."""
        return self.repository / "services/store"

    def run(self, api: str, fault: str | None = None, token: str = "ghs_workflow") -> Run:
        """The workflow, as on a pull request that has `fault`."""
        head = {
            "ref": "leak",
            "sha": git(self.repository, "rev-parse", "HEAD"),
            "repo": {"full_name": "octo/store"},
        }
        base = {
            "ref": "main",
            "sha": git(self.repository, "rev-parse", "HEAD"),
            "repo": {"full_name": "octo/store"},
        }
        event = {"number": 7, "pull_request": {"number": 7, "head": head, "base": base}}
        settings = {"S3_FAULT": fault} if fault else {}
        return act(
            self.repository,
            "pull_request",
            event,
            action=self.action,
            token=token,
            CARGO_TARGET_DIR=str(self.target),
            GITHUB_API_URL=api,
            **settings,
        )


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """The example in a repository of its own, with its healthy state committed as the baseline."""
    tmp = tmp_path_factory.mktemp("action")
    machine = Machine(tmp / "store", tmp / "leakgate", tmp / "target", tmp)
    copy_action(machine.action)
    copy_example(machine.project)
    workflow = machine.repository / ".github/workflows/memory.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(WORKFLOW)
    (machine.project / "tests/spy.rs").write_text(SPY)
    (machine.repository / ".gitignore").write_text("target/\n")
    subprocess.run(
        [
            *(sys.executable, "-m", "leakgate", "profile", "--output", "ci/baseline.json"),
            *("--", "cargo", "test"),
        ],
        cwd=machine.project,
        env=environment() | {"CARGO_TARGET_DIR": str(machine.target)},
        check=True,
    )
    git(machine.repository, "init", "--quiet", "--initial-branch=main")
    git(machine.repository, "remote", "add", "origin", "https://github.com/octo/store.git")
    git(machine.repository, "add", "--all")
    git(machine.repository, "commit", "--quiet", "--message=The store and its baseline")
    return machine


@pytest.fixture
def github() -> Iterator[GitHub]:
    with serve() as github:
        yield github


def test_a_pull_request_that_leaks_and_is_repaired(machine: Machine, github: GitHub) -> None:
    github.pulls[7].head_sha = git(machine.repository, "rev-parse", "HEAD")
    leaking = machine.run(github.url, fault="unfinished-task")
    assert leaking.exit_code == 1
    assert leaking.step("gate", "check") == "failure"
    assert leaking.step("gate", "publish") == "success"
    assert leaking.step("later") == "success"
    [comment] = github.comments
    assert comment.body.startswith("<!-- leakgate:comment key=memory%20services%2Fstore -->\n")
    assert "services/store/src/replica.rs" in comment.body
    assert comment.body.endswith(leaking.summary.strip())
    assert leaking.outputs["verdict"] == "fail"
    assert leaking.outputs["comment-url"] == "https://github.com/octo/store/pull/7#issuecomment-1001"
    errors = leaking.annotations("error")
    source = (machine.repository / "services/store/src/replica.rs").read_text().splitlines()
    assert {place["file"] for place, _ in errors} == {"services/store/src/replica.rs"}
    assert {source[int(place["line"]) - 1].strip() for place, _ in errors} == {
        "let copy = Bytes::copy_from_slice(body);",
        "tokio::spawn(async move {",
    }
    assert "s3-server server::tests::workers_share_the_store: t-gmax " in errors[1][1]
    assert "allocated by s3_server::replica::Replica::replicate_in_background" in errors[1][1]

    again = machine.run(github.url, fault="unfinished-task")
    assert again.exit_code == 1
    assert len(github.comments) == 1

    repaired = machine.run(github.url)
    assert repaired.exit_code == 0
    assert repaired.step("gate", "check") == "success"
    assert repaired.outputs["verdict"] == "pass"
    assert repaired.annotations("error") == []
    [comment] = github.comments
    assert "### ✅ leakgate: resolved · 13 tests within their memory limits" in comment.body
    assert comment.body.endswith(repaired.summary.strip().partition("\n\n")[2])
    made, *changes = [said for said in github.writes() if "comments" in said]
    assert made == "POST /repos/octo/store/issues/7/comments"
    # The second run's, too, where threads made a peak that is a little different.
    assert set(changes) == {"PATCH /repos/octo/store/issues/comments/1001"}
    assert [(run.fields["name"], run.fields["conclusion"]) for run in github.check_runs] == [
        ("leakgate / memory services/store", "failure"),
        ("leakgate / memory services/store", "failure"),
        ("leakgate / memory services/store", "success"),
    ]

    description = Description()
    assert [problem for said in github.exchanges for problem in description.problems(said)] == []
    assert {said.headers["authorization"] for said in github.exchanges} == {"Bearer ghs_workflow"}


def test_trouble_with_github_costs_the_comment_and_not_the_verdict(machine: Machine, github: GitHub) -> None:
    run = machine.run(github.url, token="ghs_expired")
    assert run.exit_code == 0
    assert run.outputs["verdict"] == "pass"
    assert run.outputs["comment-url"] == ""
    assert github.comments == []
    messages = [message for _, message in run.annotations("warning")]
    assert [message.split(": ")[0].rpartition("/store/")[2] for message in messages] == ["check-runs", "pulls/7"]
    assert all("GitHub refused the token (401 Bad credentials)" in message for message in messages)
    assert "ghs_expired" not in "".join(str(event) for event in run.events)
