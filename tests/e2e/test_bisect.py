"""`leakgate bisect` as a user runs it: real git, real cargo, the injected harness."""

import hashlib
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

MANIFEST = """\
[package]
name = "shop"
version = "0.1.0"
edition = "2021"
"""
LIBRARY = """\
mod log;

pub fn serve(orders: usize) -> usize {
    (0..orders).map(log::note).sum()
}

#[cfg(test)]
mod tests {
    #[test]
    fn serves() {
        assert_eq!(super::serve(4), 6);
    }

    #[test]
    fn serves_nobody() {
        assert_eq!(super::serve(0), 0);
    }
}
"""
TIDY_LOG = """\
pub fn note(order: usize) -> usize {
    drop(Vec::<u8>::with_capacity(1024));
    order
}
"""
LEAKY_LOG = """\
use std::sync::Mutex;

static LINES: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

pub fn note(order: usize) -> usize {
    let line = Vec::with_capacity(8192);
    LINES.lock().unwrap().push(line);
    order
}
"""
UNFINISHED = "cargo could not build the tests (error: this file contains an unclosed delimiter)"
GOOD, BAD = "Open the shop", "Open on Sundays"
FOUND = """\
The first commit in which `shop tests::serves` crosses its limit:

  commit   <Keep every order>
  author   Ada <ada@example.com>
  date     2026-11-06T10:05:00+01:00
  subject  Keep every order

Compared with its parent, <Think on> Think on:

            base       head           Δ    ratio  limit
shop tests::serves
  t-gmax   1 KiB  32.19 KiB  +31.19 KiB   32.19×  1.5× and +4 KiB   FAIL
  t-end      0 B  32.19 KiB  +32.19 KiB   from 0  1.5× and +20 KiB  FAIL

shop tests::serves grew here:
    Δ t-gmax                 Δ t-end               function         at
     +31 KiB  in 3 blocks    +32 KiB  in 4 blocks  shop::log::note  src/log.rs:6
      +192 B  in 1 block      +192 B  in 1 block   shop::log::note  src/log.rs:7  new
  Likely a growing collection: the one buffer allocated as it grew at src/log.rs:7 (by alloc::vec::Vec::push) was \
alive
      at the end.
    Usual remedy: evict what is no longer needed, or bound the collection's size.
  the first one's stack, innermost call on top:
    shop::log::note (src/log.rs:6)
    shop::serve (src/lib.rs:4)
    shop::tests::serves (src/lib.rs:11)
    shop::tests::serves (src/lib.rs:10)

base  <Think on>
head  <Keep every order> (harness …)
✘ 1 of 1 test crossed a memory limit
"""


@dataclass
class Shop:
    """A user's clone of a tiny crate."""

    directory: Path
    env: dict[str, str]
    commits: dict[str, str] = field(default_factory=dict)

    def git(self, *args: str) -> str:
        command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", *args]
        date = f"2026-11-06T10:{len(self.commits):02}:00+01:00"
        env = {**self.env, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        done = subprocess.run(command, cwd=self.directory, env=env, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, subject: str, **files: str) -> None:
        for name, text in files.items():
            path = self.directory / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        self.git("add", ".")
        self.git("commit", "--quiet", f"--message={subject}")
        self.commits[subject] = self.git("rev-parse", "HEAD")

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "leakgate", "bisect", "--good", self.commits[GOOD], *args]

    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*args), cwd=self.directory, env=self.env, capture_output=True, text=True, check=False
        )

    def contents(self) -> dict[str, str]:
        files = (path for path in sorted(self.directory.rglob("*")) if path.is_file())
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    def left(self) -> list[str]:
        return [path.name for path in Path(self.env["TMPDIR"]).iterdir()]

    def shown(self, text: str) -> str:
        """The text with commits by subject, and without what differs from one toolchain to the next."""
        for subject, commit in self.commits.items():
            text = text.replace(commit, f"<{subject}>").replace(commit[:12], f"<{subject}>")
        text = re.sub(r"    (⋯|alloc::|core::).*\n", "", text)
        return re.sub(r"\(harness .*\)", "(harness …)", text)


@pytest.fixture
def shop(pytestconfig: pytest.Config, tmp_path: Path) -> Shop:
    assert pytestconfig.cache is not None
    ours = ("CARGO_", "RUST_TEST", "GIT_", "GITHUB_", "LEAKGATE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    cache = str(pytestconfig.cache.mkdir("leakgate-cache"))
    shop = Shop(tmp_path / "shop", {**kept, "XDG_CACHE_HOME": cache, "TMPDIR": str(temporary)})
    shop.directory.mkdir()
    shop.git("init", "--quiet", "--initial-branch=main")
    shop.commit(GOOD, Cargo_toml=MANIFEST, src__lib_rs=LIBRARY, src__log_rs=TIDY_LOG, _gitignore="/target\n")
    return shop


def test_the_commit_that_leaks_is_found_and_the_clone_is_byte_identical(shop: Shop) -> None:
    shop.commit("Say what it is", README_md="A shop.")
    shop.commit("Say more", README_md="A shop. It is open.")
    shop.commit("Half done", src__lib_rs=LIBRARY + "pub fn half(")
    shop.commit("Think on", src__lib_rs=LIBRARY)
    shop.commit("Keep every order", src__log_rs=LEAKY_LOG)
    shop.commit(BAD, README_md="A shop. It is always open.")
    (shop.directory / "src/lib.rs").write_text("the user's own work, which is not done yet")
    (shop.directory / "leakgate.yml").write_text("version: 1\nlimits: {t-end: {min-delta: 20 KiB}}\n")
    before = shop.contents()

    done = shop.run("shop tests::serves")

    assert done.returncode == 0, done.stderr
    leak = "t-end 32.19 KiB, t-gmax 32.19 KiB, crossed"
    assert [line for line in shop.shown(done.stderr).splitlines() if line.startswith("leakgate: ")] == [
        "leakgate: measuring the good end, the bad end, then 6 commits to search, about 2 steps",
        f"leakgate: good: <{GOOD}> {GOOD} → t-end 0 B, t-gmax 1 KiB",
        f"leakgate: bad: <{BAD}> {BAD} → {leak}",
        f"leakgate: step 1, about 2 more: <Half done> Half done → skipped: {UNFINISHED}",
        "leakgate: step 2, about 2 more: <Say more> Say more → t-end 0 B, t-gmax 1 KiB",
        "leakgate: step 3, about 1 more: <Think on> Think on → t-end 0 B, t-gmax 1 KiB",
        f"leakgate: step 4: <Keep every order> Keep every order → {leak}",
    ]
    assert shop.shown(done.stdout) == FOUND
    assert shop.contents() == before
    assert shop.left() == []


def test_where_commits_do_not_compile_it_is_one_of_several(shop: Shop) -> None:
    shop.commit("Half a leak", src__log_rs=LEAKY_LOG + "pub fn half(")
    shop.commit(BAD, src__log_rs=LEAKY_LOG)

    done = shop.run("serves()", "--limits", "t-end: {min-delta: 1 MiB}")
    assert done.returncode == 2
    done = shop.run("*::serves")

    assert done.returncode == 3, done.stderr
    assert shop.shown(done.stdout).startswith(
        "The first commit in which `shop tests::serves` crosses its limit is one of these 2:\n"
        "\n"
        f"  <Half a leak>  Half a leak → skipped: {UNFINISHED}\n"
        f"  <{BAD}>  {BAD} → t-end 32.19 KiB, t-gmax 32.19 KiB, crossed\n"
        "\n"
        f"The last of them compared with the last good commit, <{GOOD}> {GOOD}:"
    )


def test_an_interrupted_search_ends_what_it_started_and_leaves_nothing(shop: Shop) -> None:
    for number in range(16):
        shop.commit(f"Say it {number} times", README_md=str(number))
    shop.commit(BAD, src__log_rs=LEAKY_LOG)
    before = shop.contents()

    with subprocess.Popen(
        shop.command("shop tests::serves"), cwd=shop.directory, env=shop.env, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        seen = next(line for line in process.stderr if line.startswith("leakgate: step 1"))
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()

    assert "about" in seen
    assert (process.returncode, rest.splitlines()[-1]) == (130, "interrupted: nothing was compared")
    assert shop.left() == []
    assert shop.contents() == before
