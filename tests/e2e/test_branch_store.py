"""The branch of baselines under load: real git, many processes at once, some killed, and clones that lay traps."""

import base64
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from git_server import GitServer, serve
from leakgate.baselines.branch import BranchStore
from leakgate.baselines.model import Base, Saving, Wanted
from leakgate.baselines.shared import Retries
from leakgate.dhat.profile import Metric
from leakgate.git.command import runner
from leakgate.git.credentials import Remote, Token, local_settings, remote
from leakgate.git.scratch import Denied, scratch
from leakgate.snapshot.model import Measurement, Snapshot

pytestmark = pytest.mark.e2e

BRANCH = "leakgate-baselines"

SAVER = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from leakgate.baselines.branch import BranchStore
from leakgate.baselines.model import Saving
from leakgate.git.command import runner
from leakgate.git.credentials import Token, local_settings, remote
from leakgate.git.scratch import scratch
from leakgate.snapshot.model import Measurement, Snapshot

clone, url, number, key = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
tests = tuple(
    Measurement(test=f"crate tests::t{n}", metrics={"t-gmax-bytes": number * n, "t-end-bytes": n})
    for n in range(50)
)
snapshot = Snapshot(commit=f"{number:040x}", fingerprint={"rustc": "1.95.0"}, tests=tests)
token = Token(url.removesuffix("/project.git"), os.environ["TOKEN"]) if "TOKEN" in os.environ else None
opens = remote(url, clone, token=token, local=local_settings(runner(clone, os.environ)))
with scratch(opens, os.environ) as made:
    print("begun", flush=True)
    store = BranchStore(made, key, "leakgate-baselines", keep=3, now=lambda: datetime.now(UTC), least=3)
    store.save(snapshot, Saving(snapshot.commit, "main", datetime.now(UTC)))
    print("saved", flush=True)
"""
"""One job that saves the snapshot of a commit. It prunes by itself as soon as there are more than 6."""


def git(*args: str, cwd: Path) -> str:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    done = subprocess.run(["git", *who, *args], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A bare repository with one commit on main."""
    path = tmp_path / "project.git"
    path.mkdir()
    git("init", "--quiet", "--bare", "--initial-branch=main", ".", cwd=path)
    git("config", "uploadpack.allowFilter", "true", cwd=path)
    return path


@pytest.fixture
def clone(project: Path, tmp_path: Path) -> Path:
    """The user's clone, with a file that is staged, one that is changed, and one that git does not know."""
    path = tmp_path / "clone"
    git("clone", "--quiet", str(project), str(path), cwd=tmp_path)
    (path / "lib.rs").write_text("fn main() {}\n")
    git("add", "lib.rs", cwd=path)
    git("commit", "--quiet", "-m", "first", cwd=path)
    git("push", "--quiet", "origin", "HEAD:refs/heads/main", cwd=path)
    (path / "staged.rs").write_text("// staged\r\n")
    git("add", "staged.rs", cwd=path)
    (path / "lib.rs").write_text("fn main() { todo!() }\n")
    (path / "unknown.rs").write_text("// unknown\n")
    return path


def everything_in(directory: Path) -> dict[str, tuple[int, int, str]]:
    """Path → mode, time of the last change and digest, for all that is below: files, directories and links."""
    return {
        str(path.relative_to(directory)): (
            path.lstat().st_mode,
            path.lstat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted(directory.rglob("*"))
    }


@pytest.fixture
def traps(tmp_path: Path) -> dict[str, str]:
    """An environment whose git configuration has everything that could get in the way."""
    hooks, sprung = tmp_path / "hooks", tmp_path / "sprung"
    hooks.mkdir()
    for name in ("pre-push", "reference-transaction", "post-index-change", "pre-commit", "fsmonitor", "gpg"):
        (hooks / name).write_text(f"#!/bin/sh\necho {name} >> {sprung}\nexit 1\n")
        (hooks / name).chmod(0o755)
    template = tmp_path / "template/hooks"
    template.mkdir(parents=True)
    (template / "pre-push").write_text(f"#!/bin/sh\necho template >> {sprung}\nexit 1\n")
    (template / "pre-push").chmod(0o755)
    config = tmp_path / "gitconfig"
    config.write_text(
        f"""
[core]
    hooksPath = {hooks}
    fsmonitor = {hooks}/fsmonitor
    autocrlf = true
    eol = crlf
    attributesFile = {tmp_path}/attributes
[init]
    templateDir = {tmp_path}/template
    defaultBranch = trunk
[commit]
    gpgSign = true
[push]
    gpgSign = true
    followTags = true
    default = nothing
    pushOption = surprise
    recurseSubmodules = check
[tag]
    gpgSign = true
[gpg]
    program = {hooks}/gpg
[user]
    useConfigOnly = true
[fetch]
    prune = true
    recurseSubmodules = true
    writeCommitGraph = true
[protocol]
    version = 0
[gc]
    auto = 1
[safe]
    bareRepository = explicit
[url "http://nowhere.invalid/"]
    insteadOf = http://127.0.0.1
    pushInsteadOf = http://127.0.0.1
[remote "leakgate"]
    fetch = +refs/*:refs/*
    prune = true
[filter "trap"]
    clean = false
    required = true
[i18n]
    commitEncoding = ISO-8859-1
[transfer]
    fsckObjects = true
"""
    )
    (tmp_path / "attributes").write_text("* filter=trap\n")
    return {**os.environ, "GIT_CONFIG_GLOBAL": str(config), "GIT_CONFIG_SYSTEM": os.devnull, "SPRUNG": str(sprung)}


def saver(clone: Path, url: object, number: int, key: str, env: Mapping[str, str]) -> "subprocess.Popen[str]":
    args = [sys.executable, "-c", SAVER, str(clone), str(url), str(number), key]
    return subprocess.Popen(args, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextmanager
def opened(opens: Remote, env: Mapping[str, str], key: str = "job") -> Iterator[BranchStore]:
    with scratch(opens, env) as made:
        yield BranchStore(
            made, key, BRANCH, keep=200, now=lambda: datetime.now(UTC), retries=Retries(chance=lambda: 0)
        )


def measured(number: int) -> Snapshot:
    tests = (Measurement(test="crate tests::t", metrics={Metric.T_GMAX_BYTES: number, Metric.T_END_BYTES: 0}),)
    return Snapshot(commit=f"{number:040x}", fingerprint={"rustc": "1.95.0"}, tests=tests)


def saving(number: int) -> Saving:
    return Saving(f"{number:040x}", "main", datetime.now(UTC))


def wanted(number: int) -> Wanted:
    return Wanted(f"{number:040x}", "main", "")


def test_fifty_savers_at_once_of_which_twenty_are_killed(project: Path, clone: Path, tmp_path: Path) -> None:
    """Whoever says that a save has landed is right, also with others pruning in between."""
    chance = random.Random(4)
    before = everything_in(clone)
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    savers = {number: saver(clone, project, number, f"Job {number % 3}", env) for number in range(1, 51)}
    doomed = chance.sample(sorted(savers), 20)

    def kill(number: int, after: float) -> None:
        out = savers[number].stdout
        assert out is not None
        assert out.readline() == "begun\n"
        time.sleep(after)
        savers[number].send_signal(signal.SIGKILL)

    killers = [Thread(target=kill, args=(number, chance.uniform(0, 6))) for number in doomed]
    for killer in killers:
        killer.start()
    for killer in killers:
        killer.join()
    said = {number: process.communicate() for number, process in savers.items()}
    saved = {number for number, (out, _) in said.items() if out.endswith("saved\n")}
    assert saved >= savers.keys() - set(doomed), [err for _, err in said.values() if err]
    assert len(saved) < len(savers), "nobody was killed in time"

    git("fsck", "--strict", cwd=project)
    listed: dict[int, list[int | None]] = {}
    for key in ("Job 0", "Job 1", "Job 2"):
        with opened(remote(str(project), clone), env, key) as store:
            history = store.history()
            assert history is not None
            points = history.series("main", "crate tests::t7", Metric.T_GMAX_BYTES).points
            listed |= {int(point.commit, 16): [point.value] for point in points}
            for save in history.kept:
                number = int(save.commit, 16)
                found = store.find(wanted(number), list)
                assert isinstance(found, Base)
                assert found.snapshot.tests[7].metrics[Metric.T_GMAX_BYTES] == 7 * number
            assert 3 <= len(history.kept) < len(points)
    assert listed.keys() >= saved
    assert all(values == [7 * number] for number, values in listed.items())
    assert everything_in(clone) == before


class TestOverHttp:
    WRITER, READER = "ghs_may-write", "ghs_may-read"

    @pytest.fixture
    def server(self, project: Path) -> Iterator[GitServer]:
        git("config", "http.receivepack", "true", cwd=project)
        with serve(project.parent, readers=frozenset({self.READER}), writers=frozenset({self.WRITER})) as server:
            yield server

    @pytest.fixture
    def env(self, tmp_path: Path) -> dict[str, str]:
        """Every git that is started writes its arguments down."""
        (tmp_path / "trace").mkdir()
        (tmp_path / "gitconfig").write_text(f"[trace2]\n\teventTarget = {tmp_path}/trace\n")
        return {
            **os.environ,
            "HOME": str(tmp_path),
            "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
            "GIT_CONFIG_SYSTEM": os.devnull,
        }

    def opens(self, server: GitServer, token: str) -> Remote:
        return remote(f"{server.url}/project.git", Path("/"), token=Token(server.url, token))

    def test_the_token_opens_it_and_is_seen_nowhere(
        self, server: GitServer, env: dict[str, str], tmp_path: Path
    ) -> None:
        secrets = [self.WRITER.encode(), base64.b64encode(f"x-access-token:{self.WRITER}".encode())]
        with opened(self.opens(server, self.WRITER), env) as store:
            store.save(measured(1), saving(1))
            assert isinstance(store.find(wanted(1), list), Base)
            ours = [path for path in store.scratch.directory.rglob("*") if path.is_file()]
            assert any(path.name == "config" for path in ours)
            assert not [path for path in ours for secret in secrets if secret in path.read_bytes()]
        traces = b"".join(path.read_bytes() for path in (tmp_path / "trace").iterdir())
        assert b"remote-http" in traces
        assert b'"push"' in traces
        assert not [secret for secret in secrets if secret in traces]

    def test_what_the_user_has_configured_is_in_nobodys_way(
        self, server: GitServer, project: Path, clone: Path, traps: dict[str, str], tmp_path: Path
    ) -> None:
        header = base64.b64encode(b"x-access-token:an-expired-one").decode()
        with (clone / ".git/config").open("a") as config:
            config.write(
                "[core]\n\thooksPath = ../hooks\n\trepositoryformatversion = 1\n\tfsmonitor = true\n"
                "[extensions]\n\tpartialClone = origin\n\tworktreeConfig = true\n"
                '[remote "origin"]\n\tpromisor = true\n'
                f'[http "{server.url}/"]\n\textraheader = AUTHORIZATION: basic {header}\n'
            )
        before = everything_in(clone)
        url = f"{server.url}/project.git"
        for number in (1, 2):
            process = saver(clone, url, number, "job", traps | {"TOKEN": self.WRITER})
            out, err = process.communicate()
            assert err == ""
            assert out == "begun\nsaved\n"
        opens = remote(
            url, clone, token=Token(server.url, self.WRITER), local=local_settings(runner(clone, traps))
        )
        with opened(opens, traps) as store:
            assert isinstance(store.find(wanted(2), list), Base)
            assert store.prune(1).kept == 2
        assert everything_in(clone) == before
        assert not (tmp_path / "sprung").exists()
        assert git("log", "--format=%an|%ae|%G?", BRANCH, cwd=project) == (
            "leakgate|leakgate@users.noreply.github.com|N\nleakgate|leakgate@users.noreply.github.com|N"
        )
        assert "\nencoding " not in git("cat-file", "commit", BRANCH, cwd=project)
        git("fsck", "--strict", cwd=project)

    def test_what_checkout_left_in_the_clone_opens_it_too(
        self, server: GitServer, clone: Path, env: dict[str, str]
    ) -> None:
        header = base64.b64encode(f"x-access-token:{self.WRITER}".encode()).decode()
        git("config", "--local", f"http.{server.url}/.extraheader", f"AUTHORIZATION: basic {header}", cwd=clone)
        local = local_settings(runner(clone, env))
        with opened(remote(f"{server.url}/project.git", clone, local=local), env) as store:
            store.save(measured(1), saving(1))
        # And a token that is given does not make two headers of it.
        both = remote(
            f"{server.url}/project.git", clone, token=Token(server.url, self.WRITER), local=[*local, *local]
        )
        with opened(both, env) as store:
            assert isinstance(store.find(wanted(1), list), Base)

    def test_a_token_in_the_url(self, server: GitServer, env: dict[str, str], tmp_path: Path) -> None:
        url = server.url.replace("://", f"://x-access-token:{self.WRITER}@")
        with opened(remote(f"{url}/project.git", Path("/")), env) as store:
            store.save(measured(1), saving(1))
            assert not [
                path
                for path in (*store.scratch.directory.rglob("*"), *(tmp_path / "trace").iterdir())
                if path.is_file() and self.WRITER.encode() in path.read_bytes()
            ]

    def test_one_that_may_only_read(self, server: GitServer, env: dict[str, str]) -> None:
        with opened(self.opens(server, self.WRITER), env) as store:
            store.save(measured(1), saving(1))
        with opened(self.opens(server, self.READER), env) as store:
            assert isinstance(store.find(wanted(1), list), Base)
            with pytest.raises(Denied) as raised:
                store.save(measured(2), saving(2))
        assert str(raised.value) == (
            f"{server.url}/project.git: cannot write refs/heads/leakgate-baselines: "
            "Permission to owner/project.git denied to github-actions[bot].; "
            f"unable to access '{server.url}/project.git/': The requested URL returned error: 403\n"
            "  help: check that the token or your git credentials may write to it: the workflow needs "
            "`permissions: contents: write`"
        )

    def test_none(self, server: GitServer, env: dict[str, str]) -> None:
        nobody = remote(f"{server.url}/project.git", Path("/"))
        with opened(nobody, env) as store, pytest.raises(Denied) as raised:
            store.find(wanted(1), list)
        assert str(raised.value) == (
            f"{server.url}/project.git: cannot fetch: could not read Username for '{server.url}': "
            "terminal prompts disabled\n  help: check that the token or your git credentials may read it"
        )

    def test_an_outage_passes(self, server: GitServer, env: dict[str, str]) -> None:
        server.trouble += [502, 503]
        with opened(self.opens(server, self.WRITER), env) as store:
            store.save(measured(1), saving(1))
            server.trouble.append(500)
            assert isinstance(store.find(wanted(1), list), Base)
