"""What the parent wants of the runner. Imported by the runner: see `libtest.py`."""

import json

PLAN = "plan.json"
"""What the parent wrote for us, in the run's directory."""


class Plan:
    """The file `PLAN`, one key for each attribute.

    Attributes:
        binaries: Real path → `id`, the binary id, and `test`, whether it was built as a test.
        jobs: How many tests may run at a time.
        runner: The user's own target runner, as words.
        restore: Variables to set back; None: unset.
        lifeline: A pipe the parent holds open.
        raw: Whether the tests write raw profiles of the harness's.
        valgrind: The words that run a program in valgrind; empty: it runs by itself.
        only: Ids of the tests to run; empty: all.
        repeat: How often each test runs.
        time_limit: Seconds that one run may take; None: any time.
    """

    __slots__ = (
        "binaries",
        "jobs",
        "lifeline",
        "only",
        "raw",
        "repeat",
        "restore",
        "runner",
        "time_limit",
        "valgrind",
    )

    def __init__(self, path: str) -> None:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs start-up time
            plan = json.load(file)
        self.binaries: dict[str, dict[str, str]] = plan["binaries"]
        self.jobs: int = plan["jobs"]
        self.runner: list[str] = plan["runner"]
        self.restore: dict[str, str | None] = plan["restore"]
        self.lifeline: int | None = plan["lifeline"]
        self.raw: bool = plan["raw"]
        self.valgrind: list[str] = plan["valgrind"]
        self.only: list[str] = plan["only"]
        self.repeat: int = plan["repeat"]
        self.time_limit: float | None = plan["time_limit"]
