"""What the step that measures tells GitHub: annotations, summary and outputs. It needs no token for these.

The measured tests are the pull request's own code: whatever the step that runs them was given, they can read in
`/proc`. So what takes a token is done by the steps around it (`prepare`, `publish`).
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from leakgate.comparison.result import Result
from leakgate.github.commands import annotations
from leakgate.github.context import ActionsContext
from leakgate.github.outputs import write_outputs, write_summary


@dataclass(frozen=True, slots=True)
class Files:
    """Where the check left what it found."""

    result: Path
    snapshot: Path


def report_part(part: Path, artifact: str, said: str, *, job: ActionsContext) -> None:
    """Job summary and step outputs of one shard, which is judged by the job that joins them.

    Args:
        part: The file that it left.
        artifact: What a later step must call that.
        said: What was measured, in a sentence.
        job: What the runner says of the job.

    Raises:
        ServiceError: Something could not be written.
    """
    if job.output:
        path = str(part.resolve())
        outputs = {"snapshot": path, "artifact-name": artifact, "artifact-path": path}
        write_outputs(job.output, outputs, secrets.token_hex(16))
    if job.step_summary:
        write_summary(job.step_summary, said)


def report(
    result: Result, summary: str, files: Files, *, job: ActionsContext, echo: Callable[[str], None]
) -> None:
    """Annotations, job summary and step outputs. Needs no network and no token.

    Args:
        result: What was found.
        summary: The same as Markdown, for the job's page.
        files: Where it was left.
        job: What the runner says of the job.
        echo: Prints a line to the step's log, where the runner makes annotations of it.

    Raises:
        ServiceError: Something could not be written.
    """
    for line in annotations(result):
        echo(line)
    outputs = {
        "verdict": str(result.verdict),
        "result": str(files.result.resolve()),
        "snapshot": str(files.snapshot.resolve()),
    }
    try:
        if job.step_summary:
            write_summary(job.step_summary, summary)
    finally:
        if job.output:
            write_outputs(job.output, outputs, secrets.token_hex(16))
