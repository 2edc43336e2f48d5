"""Sites keep their identity when a real crate is built in another profile, or other code moves its lines."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from leakgate.dhat.profile import Metric
from leakgate.snapshot.model import SiteKey, Snapshot
from leakgate.snapshot.stored import parse

pytestmark = pytest.mark.e2e

LIB = """\
use std::{future::Future, hint::black_box, pin::pin, task::{Context, Poll, Waker}};

pub trait Codec {
    fn encode(&self, n: usize) -> Vec<u8>;
    fn twice(&self, n: usize) -> Vec<Vec<u8>> {
        vec![self.encode(n), self.encode(n)]
    }
}

pub struct Plain;

impl Codec for Plain {
    fn encode(&self, n: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(n);
        out.resize(n, 1);
        out
    }
}

pub struct Cache<T> {
    held: Vec<T>,
}

impl<T: Clone> Cache<T> {
    pub fn keep(&mut self, value: &T) {
        let make = || value.clone();
        self.held.push(make());
    }
}

pub async fn serve(n: usize) -> usize {
    let request = format!("{n:>400}");
    nested(n).await + request.len()
}

async fn nested(n: usize) -> usize {
    let body = async { black_box(vec![2u8; n]) };
    body.await.len()
}

pub mod plain {
    pub fn forgotten() -> &'static [u8] {
        let all = vec![3u8; 700];
        all.leak()
    }
}

pub fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all() {
        let codec: Box<dyn Codec> = black_box(Box::new(Plain));
        let mut cache = Cache { held: Vec::new() };
        for each in codec.twice(500) {
            cache.keep(&each);
        }
        let served = black_box(run(serve(600)));
        let forgotten = black_box(plain::forgotten());
        let other = std::thread::spawn(|| black_box(Plain.encode(800))).join().unwrap();
        assert_eq!(cache.held.len() + served + forgotten.len() + other.len(), 2502);
    }
}
"""
MORE = "".join(f"/// Unrelated.\npub fn unrelated_{n}() -> usize {{\n    {n}\n}}\n\n" for n in range(8))


def profile(directory: Path, *options: str) -> Snapshot:
    output = directory / "snapshot.json"
    ours = ("CARGO_", "RUST", "GIT_", "GITHUB_", "LEAKGATE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    rustup = {name: value for name, value in os.environ.items() if name.startswith("RUSTUP_")}
    subprocess.run(
        [
            sys.executable,
            "-m",
            "leakgate",
            "profile",
            "--output",
            output,
            "--",
            "cargo",
            "test",
            "--lib",
            *options,
        ],
        cwd=directory,
        env={**kept, **rustup, "CARGO_INCREMENTAL": "0"},
        check=True,
        capture_output=True,
    )
    return parse(output.read_bytes(), str(output))


def sites(snapshot: Snapshot) -> dict[SiteKey, int]:
    """Those in the crate's own code → what they allocated."""
    (test,) = snapshot.tests
    return {site.key: site.counts[Metric.TOTAL_BYTES] for site in test.sites if site.file}


def test_a_site_stays_the_same_in_another_profile_and_when_its_lines_move(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n')
    source = tmp_path / "src/lib.rs"
    source.write_text(LIB)

    debug = profile(tmp_path)
    release = profile(tmp_path, "--release")
    source.write_text(LIB.replace("pub trait", MORE + "pub trait", 1))
    moved = profile(tmp_path)

    assert sites(debug) == sites(release) == sites(moved)
    lines = LIB.splitlines()
    assert {(site.function, lines[site.line - 1].strip()) for site in debug.tests[0].sites if site.line} >= {
        ("<app::Plain as app::Codec>::encode", "let mut out = Vec::with_capacity(n);"),
        ("app::Cache::keep", "let make = || value.clone();"),
        ("app::Cache::keep", "self.held.push(make());"),
        ("app::Codec::twice", "vec![self.encode(n), self.encode(n)]"),
        ("app::nested", "let body = async { black_box(vec![2u8; n]) };"),
        ("app::plain::forgotten", "let all = vec![3u8; 700];"),
        ("app::serve", 'let request = format!("{n:>400}");'),
    }
    (forgotten,) = (site for site in debug.tests[0].sites if site.forgets)
    assert (forgotten.function, forgotten.forgets) == ("app::plain::forgotten", "leak")
    named = {name for site in debug.tests[0].sites for name in site.chain if "app::" in name}
    assert debug.functions.keys() == named
    assert debug.functions == release.functions == moved.functions
