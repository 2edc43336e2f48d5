"""What the doctor says of workflows, by what they say."""

from pathlib import Path

import pytest

from leakgate.config import DEFAULT, Baseline, Config, StoreName
from leakgate.doctor import workflows
from leakgate.doctor.report import Level

PIN = "0123456789abcdef0123456789abcdef01234567"
WELL = f"""\
on:
  push: {{branches: [main]}}
  pull_request:
permissions: {{contents: read}}
jobs:
  memory:
    permissions: {{contents: write, pull-requests: write}}
    steps:
      - uses: actions/checkout@v7
      - uses: leakgate/leakgate@{PIN}
"""
WHERE = ".github/workflows/memory.yml, job `memory`"


def said(root: Path, workflow: str, config: Config = DEFAULT) -> list[str]:
    """Every finding as `level text → remedy`."""
    path = root / ".github/workflows/memory.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(workflow, encoding="utf-8")
    return [
        f"{one.level} {one.text}" + (f" → {one.remedy}" if one.remedy else "")
        for one in workflows.examine(root, config).findings
    ]


def test_one_that_is_as_it_should_be(tmp_path: Path) -> None:
    assert said(tmp_path, WELL) == [
        f"ok {WHERE}: on pull_request, push",
        f"ok {WHERE}: as they should be",
    ]


def test_one_that_is_not_pinned(tmp_path: Path) -> None:
    assert (
        f"warning {WHERE}: `@v0` is a name that can come to mean other code → "
        "`git ls-remote https://github.com/leakgate/leakgate v0` prints the commit to write behind the `@`"
    ) in said(tmp_path, WELL.replace(PIN, "v0"))


@pytest.mark.parametrize(
    ("permissions", "lacking"),
    [
        ("write-all", []),
        ("{contents: write, pull-requests: write}", []),
        ("{contents: read, pull-requests: write}", ["contents: write"]),
        ("{contents: write}", ["pull-requests: write"]),
        ("read-all", ["contents: write", "pull-requests: write"]),
        ("{}", ["contents: write", "pull-requests: write"]),
    ],
)
def test_the_rights_that_it_lacks(tmp_path: Path, permissions: str, lacking: list[str]) -> None:
    found = said(tmp_path, WELL.replace("{contents: write, pull-requests: write}", permissions))
    remedies = [line.partition(" → ")[2] for line in found if line.startswith("warning")]
    assert remedies == [f"write `{right}` below `permissions:` of the job" for right in lacking]


def test_only_a_branch_is_written_to(tmp_path: Path) -> None:
    reading = WELL.replace("contents: write", "contents: read")
    config = Config(baseline=Baseline(store=StoreName.ARTIFACT))
    assert said(tmp_path, reading, config)[-1] == f"ok {WHERE}: as they should be"


def test_rights_that_nobody_has_given(tmp_path: Path) -> None:
    without = WELL.replace("permissions: {contents: read}\n", "").replace(
        "    permissions: {contents: write, pull-requests: write}\n", ""
    )
    assert said(tmp_path, without)[-1] == (
        f"warning {WHERE}: the token's rights are those of the repository's settings → "
        "write `permissions: {contents: write, pull-requests: write, checks: write}` in the job"
    )


def test_the_workflows_own_rights_count_where_the_job_has_none(tmp_path: Path) -> None:
    moved = WELL.replace("    permissions: {contents: write, pull-requests: write}\n", "").replace(
        "permissions: {contents: read}", "permissions: write-all"
    )
    assert said(tmp_path, moved)[-1] == f"ok {WHERE}: as they should be"


def test_one_that_would_run_foreign_code_beside_a_token(tmp_path: Path) -> None:
    said(tmp_path, WELL.replace("pull_request:", "pull_request_target:"))
    found = workflows.examine(tmp_path, DEFAULT)
    [error] = [one for one in found.findings if one.level is Level.ERROR]
    assert error.exit_code == 2
    assert error.text.startswith(f"{WHERE}: `pull_request_target` would run foreign code beside a token ")


@pytest.mark.parametrize(
    ("cancels", "warned"), [("true", True), ("${{ github.event_name == 'pull_request' }}", False)]
)
def test_runs_that_are_cancelled(tmp_path: Path, cancels: str, warned: bool) -> None:
    found = said(tmp_path, f"concurrency:\n  group: a\n  cancel-in-progress: {cancels}\n{WELL}")
    assert any("ends the run of the first before it has saved" in line for line in found) is warned


@pytest.mark.parametrize(
    "workflow",
    [
        "",
        "on: push\n",
        "- a\n",
        "jobs: {a: 1, b: {steps: x}, c: {steps: [1, {uses: 2}]}}\n",
        "on: push\njobs: []\n",
    ],
)
def test_one_that_does_not_use_leakgate(tmp_path: Path, workflow: str) -> None:
    assert said(tmp_path, workflow) == ["info none uses leakgate: `leakgate init` writes one"]


def test_the_second_stage_is_no_gate(tmp_path: Path) -> None:
    assert said(tmp_path, WELL.replace("leakgate/leakgate@", "leakgate/leakgate/publish@")) == [
        "info none uses leakgate: `leakgate init` writes one"
    ]


def test_one_that_is_not_yaml(tmp_path: Path) -> None:
    assert said(tmp_path, "on: [\n")[0] == (
        "warning .github/workflows/memory.yml cannot be read as YAML → actionlint .github/workflows/memory.yml"
    )
