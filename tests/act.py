"""Workflows, run on this machine by `act`, and what became of them."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
[UPLOAD_ARTIFACT] = set(re.findall("actions/upload-artifact@[0-9a-f]{40}", (ROOT / "action.yml").read_text()))


@dataclass(frozen=True)
class Run:
    """What act said of one run of the workflow.

    Attributes:
        exit_code: 0 when the job is green.
        events: One object a line of the log.
    """

    exit_code: int
    events: list[dict[str, Any]]

    def job(self, identity: str, **matrix: str) -> "Run":
        """What act said of one job, and whether it was green: act itself gives a matrix one result."""
        events = [
            event
            for event in self.events
            if event.get("jobID") == identity and matrix.items() <= (event.get("matrix") or {}).items()
        ]
        return Run(int(any(event.get("stepResult") == "failure" for event in events)), events)

    def step(self, *identity: str) -> str:
        """`success` or `failure`; the steps of an action are below its own: `gate`, `check`."""
        [result] = [
            event["stepResult"]
            for event in self.events
            if event.get("stepID") == [*identity] and event.get("stage") == "Main" and "stepResult" in event
        ]
        return str(result)

    def printed(self, *identity: str) -> str:
        """The step's log, without what the runner took for itself."""
        return "".join(
            event["msg"] for event in self.events if event.get("stepID") == [*identity] and event.get("raw_output")
        )

    def annotations(self, level: str) -> list[tuple[dict[str, str], str]]:
        """The properties and the message of each annotation.

        Parsed here: act takes the last `::` of a line for the message's start, GitHub's runner the second.
        """
        lines = [event["raw"].strip() for event in self.events if event.get("command") == level]
        parts = [line.removeprefix(f"::{level} ").split("::", 1) for line in lines]
        return [(dict(pair.split("=") for pair in head.split(",")), message) for head, message in parts]

    @property
    def verdict(self) -> str | None:
        """The verdict of the one check in it."""
        outputs = [event for event in self.events if event.get("command") == "set-output"]
        return next((str(event["arg"]) for event in outputs if event.get("name") == "verdict"), None)

    @property
    def summary(self) -> str:
        """The job summary that the check wrote, in a step of the action."""
        return "".join(
            event["content"]
            for event in self.events
            if event.get("command") == "summary" and event["stepID"][1:] == ["check"]
        )

    @property
    def outputs(self) -> dict[str, str]:
        """The action's outputs, as the step after it sees them."""
        outputs: dict[str, str] = json.loads(self.printed("later"))
        return outputs


def act(
    directory: Path, event: str, payload: Mapping[str, Any], *, action: Path, token: str, **settings: str
) -> Run:
    """Run the workflows of `directory` that `event` starts.

    Args:
        directory: A clone, as `actions/checkout` would leave it: act takes that step as done.
        event: Its name.
        payload: What GitHub says of it.
        action: leakgate's own files, which stand in for `leakgate/leakgate@v0`.
        token: The job's.
        settings: Variables for the job.
    """
    home = action.parent
    (home / "event.json").write_text(json.dumps(payload))
    command = [
        *("act", event, "--json", "--no-cache-server"),
        *("--platform", "ubuntu-latest=-self-hosted"),
        *("--eventpath", str(home / "event.json")),
        *("--action-cache-path", str(home / "act")),
        *("--local-repository", f"leakgate/leakgate@v0={action}"),
        *("--local-repository", f"{UPLOAD_ARTIFACT}={ROOT / 'tests/e2e/upload-artifact'}"),
        *("--local-repository", f"actions/download-artifact@v8={ROOT / 'tests/e2e/download-artifact'}"),
        *("--secret", f"GITHUB_TOKEN={token}"),
        *(word for name, value in settings.items() for word in ("--env", f"{name}={value}")),
    ]
    done = subprocess.run(
        command, cwd=directory, env=environment(), capture_output=True, text=True, check=False, timeout=600
    )
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    print(*(event["msg"].rstrip() for event in events), done.stderr, sep="\n")  # noqa: T201 - shown when it fails
    return Run(done.returncode, events)


def copy_action(to: Path) -> None:
    """Leakgate's own files as they are now, committed or not: what a release would have, so without the tests."""
    for file in git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard").splitlines():
        if (ROOT / file).is_file() and not file.startswith(("tests/", "examples/")):
            copy(file, to / file)


def copy_example(to: Path) -> None:
    """The example project."""
    for file in git(ROOT, "ls-files", "examples/s3-server").splitlines():
        copy(file, to / file.removeprefix("examples/s3-server/"))


def copy(file: str, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(ROOT / file, to)


def environment() -> dict[str, str]:
    """Without what a runner around this test has set, which is about another repository."""
    ours = ("ACTIONS_", "GITHUB_", "INPUT_", "LEAKGATE_", "RUNNER_", "UV_", "VIRTUAL_ENV", "PYTHON", "S3_FAULT")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def git(repository: Path, *words: str) -> str:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *identity, *words], cwd=repository, check=True, capture_output=True, text=True
    ).stdout.strip()
