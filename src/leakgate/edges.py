"""The world, as the stories that leakgate tells need it: check, prepare, publish, history, bisect."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from leakgate.errors import ServiceError
from leakgate.git.checkout import Checkout
from leakgate.github.client import GitHubClient, connect
from leakgate.github.context import ActionsContext
from leakgate.profilers.suite import Progress
from leakgate.profilers.table import Profiler

LOCAL = "local"
"""The key of a run that is no job and was given none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """Everything that is not a pure function of its arguments.

    Attributes:
        cwd: Where the command runs, and where the paths that a user gives start.
        root: The project's root, where its config and baseline are.
        env: The environment that cargo, the tests and git get. Without leakgate's own variables.
        git: The repository around `cwd`.
        profilers: Profiler name → profiler.
        progress: Told of every step while tests are profiled.
        note: Told in a sentence what went wrong without harm.
        now: The time, with its zone: for rules that expire and the age of baselines.
        key: Tells this job's baselines, comment and check run from other jobs'.
        context: What the runner says of the job; None outside GitHub Actions.
        token: For git and the API; None to do with the user's own rights. Never to be shown.
        connect: Opens the API at a URL with a token.
    """

    cwd: Path
    root: Path
    env: Mapping[str, str]
    git: Checkout
    profilers: Mapping[str, Profiler]
    progress: Progress
    note: Callable[[str], None]
    now: datetime
    key: str = LOCAL
    context: ActionsContext | None = None
    token: str | None = field(default=None, repr=False)
    connect: Callable[[str, str | None], AbstractContextManager[GitHubClient]] = connect

    def github(self) -> AbstractContextManager[GitHubClient]:
        """The API of the forge that this job runs on.

        Raises:
            ServiceError: This is no job, or it has no token.
        """
        if self.context is None:
            raise ServiceError("this is no job of GitHub Actions, so there is no API to ask")
        return self.connect(self.context.api_url, self.token)
