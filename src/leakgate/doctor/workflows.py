"""The workflows that use leakgate: whether they are pinned, and have the rights that they need."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from leakgate.config import Config, StoreName
from leakgate.doctor.report import Finding, Section, error, fine, info, warning
from leakgate.errors import UsageError

_ACTION = "leakgate/leakgate"
_COMMIT = re.compile(r"[0-9a-f]{40}")
_FOREIGN = ("pull_request_target", "workflow_run", "issue_comment")
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Use:
    """A job whose step is the gate.

    Attributes:
        file: The workflow, relative to the repository's root.
        job: The job's id.
        ref: What stands behind the `@`.
        events: What starts the workflow.
        permissions: What the job's token may do; None where neither the job nor the workflow says so.
        cancels: Whether a newer run of the workflow ends this one, whatever started it.
    """

    file: str
    job: str
    ref: str
    events: frozenset[str]
    permissions: Mapping[str, str] | str | None
    cancels: bool

    def may(self, what: str, how: str) -> bool:
        """Whether the token may do something; without a word on it that is not known, and taken as no."""
        if isinstance(self.permissions, str):
            return self.permissions == "write-all" or (self.permissions == "read-all" and how == "read")
        given = (self.permissions or {}).get(what, "none")
        return given in {"write", how}


def examine(root: Path, config: Config) -> Section:
    """The findings on the workflows of a repository."""
    findings: list[Finding] = []
    uses: list[Use] = []
    for path in sorted((root / ".github/workflows").glob("*.y*ml")):
        name = path.relative_to(root).as_posix()
        try:
            uses += found_in(name, _read(path))
        except (OSError, ValueError, YAMLError):
            findings.append(warning("workflow", f"{name} cannot be read as YAML", f"actionlint {name}"))
    for use in uses:
        findings += _judged(use, config)
    if not uses:
        findings.append(info("workflow", "none uses leakgate: `leakgate init` writes one"))
    return Section(key="github", findings=tuple(findings))


def found_in(name: str, workflow: object) -> Iterator[Use]:
    """The jobs of a workflow that use leakgate."""
    if not isinstance(workflow, dict):
        return
    for job_id, job in _mapping(workflow.get("jobs")).items():
        steps = job.get("steps") if isinstance(job, dict) else None
        for step in steps if isinstance(steps, list) else ():
            action, _, ref = str(_mapping(step).get("uses", "")).partition("@")
            if action == _ACTION:
                yield Use(
                    file=name,
                    job=str(job_id),
                    ref=ref,
                    events=_events(workflow.get("on")),
                    permissions=_permissions(job.get("permissions", workflow.get("permissions"))),
                    cancels=_mapping(workflow.get("concurrency")).get("cancel-in-progress") is True
                    or _mapping(job.get("concurrency")).get("cancel-in-progress") is True,
                )


def _read(path: Path) -> object:
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError(path)
    return YAML(typ="safe", pure=True).load(path.read_bytes())


def _judged(use: Use, config: Config) -> Iterator[Finding]:
    where = f"{use.file}, job `{use.job}`"
    yield fine("workflow", f"{where}: on {', '.join(sorted(use.events)) or 'nothing'}")
    for event in _FOREIGN:
        if event in use.events:
            yield error(
                "event",
                f"{where}: `{event}` would run foreign code beside a token that may write, which leakgate refuses",
                f"in {use.file}, use `pull_request`; docs/forks.md has the workflow that comments for forks",
                UsageError.exit_code,
            )
    if not _COMMIT.fullmatch(use.ref):
        yield warning(
            "pinned",
            f"{where}: `@{use.ref}` is a name that can come to mean other code",
            f"`git ls-remote https://github.com/{_ACTION} {use.ref}` prints the commit to write behind the `@`",
        )
    if use.permissions is None:
        yield warning(
            "permissions",
            f"{where}: the token's rights are those of the repository's settings",
            "write `permissions: {contents: write, pull-requests: write, checks: write}` in the job",
        )
    else:
        yield from _rights(use, where, config)
    if use.cancels and "push" in use.events:
        yield warning(
            "concurrency",
            f"{where}: a second push ends the run of the first before it has saved its baseline",
            "write `cancel-in-progress: ${{ github.event_name == 'pull_request' }}`",
        )


def _rights(use: Use, where: str, config: Config) -> Iterator[Finding]:
    saves = config.baseline.store in {None, StoreName.BRANCH} and bool({"push", "schedule"} & use.events)
    wanted = [("contents", "write", "save the baseline")] if saves else [("contents", "read", "read the code")]
    if "pull_request" in use.events:
        wanted.append(("pull-requests", "write", "comment"))
    lacking = [(what, how, why) for what, how, why in wanted if not use.may(what, how)]
    for what, how, why in lacking:
        yield warning(
            "permissions",
            f"{where}: without `{what}: {how}` it cannot {why}",
            f"write `{what}: {how}` below `permissions:` of the job",
        )
    if not lacking:
        yield fine("permissions", f"{where}: as they should be")


def _events(on: object) -> frozenset[str]:
    if isinstance(on, str):
        return frozenset({on})
    return frozenset(str(event) for event in on) if isinstance(on, list | dict) else frozenset()


def _permissions(value: object) -> Mapping[str, str] | str | None:
    if isinstance(value, dict):
        return {str(what): str(how) for what, how in value.items()}
    return value if isinstance(value, str) else None


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
