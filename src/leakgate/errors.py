"""Every way leakgate can fail, each with its exit code.

A failure is a message a person can act on: what happened, in which file and where in it, and what to do.
The exit codes are a contract (README, "Exit codes"): add to them, never renumber.
"""

from typing import ClassVar


class LeakgateError(Exception):
    """A failure that is not a bug of ours.

    Attributes:
        what: What happened, one sentence without a full stop.
        where: The file and the place in it (`path:line:column`, `path: $.pps[3].tb`), if there is one.
        remedy: What the reader can do about it, if anything.
    """

    exit_code: ClassVar[int]

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.remedy:
            lines.append(f"  help: {self.remedy}")
        return "\n".join(lines)


class UsageError(LeakgateError):
    """A bad command line, configuration or input file."""

    exit_code = 2


class ConfigError(UsageError):
    """`leakgate.yml` is not what its schema says."""


class InputError(UsageError):
    """A profile or snapshot that cannot be read, or that contradicts itself."""


class MeasurementError(LeakgateError):
    """The tests failed or nothing was measured: the gate fails closed."""

    exit_code = 3


class ServiceError(LeakgateError):
    """Git, a baseline store or GitHub did not do what was asked."""

    exit_code = 4
