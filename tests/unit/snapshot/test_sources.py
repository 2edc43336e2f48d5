"""The user's frames, by what the measured commit's source says."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from msgspec import structs

from factories import dhat
from leakgate.dhat.frames import ClassifiedFrame, Origin, Workspace, classify
from leakgate.dhat.reader import parse
from leakgate.snapshot.model import Site
from leakgate.snapshot.sites import merge_sites
from leakgate.snapshot.sources import Sources
from leakgate.snapshot.take import TestedProfile, take

LIB = """\
mod store;
#[test]
fn all() {
    Store.put(1);
}
impl Store {
    fn put(&self, n: u64) {
        let kept = vec![n; 10];
        let copy = kept.clone();
        tokio::spawn(keep(kept));
        copy.leak();
    }
}
"""
CLONE = "alloc::slice::to_vec (alloc/src/slice.rs:1:1)"
PUSH = "alloc::vec::from_elem (src/vec/mod.rs:9:9)"


class Project:
    """A crate `app`, and how often each of its files is read."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files
        self.read: list[str] = []

    def workspace(self) -> Workspace:
        return Workspace({"app": PurePosixPath()}, tuple(self.files), {"src/lib.rs": "app"}, self._read)

    def _read(self, file: str) -> bytes | None:
        self.read.append(file)
        return self.files[file].encode() if self.files[file] else None

    def sites(self, *stacks: tuple[str, ...]) -> tuple[Site, ...]:
        profile = parse(dhat(*((stack, {"tb": 9 - n}) for n, stack in enumerate(stacks))), "p")
        workspace = self.workspace()
        merged = merge_sites(profile, classify(profile.frames, workspace), Sources(workspace))
        return tuple(structs.replace(site, stack=(), counts={}) for site in merged)


def frame(function: str, line: int, file: str = "src/lib.rs") -> str:
    return f"{function} ({file}:{line}:1)"


def test_a_chain_is_made_of_what_the_source_calls_its_functions() -> None:
    (site,) = Project({"src/lib.rs": LIB}).sites(
        (
            PUSH,
            frame("app::Store::put::{{closure}}", 8),
            frame("<app::Store as Odd>::put", 8),
            frame("app::all", 4),
        )
    )

    assert site == Site(
        chain=("alloc::vec::from_elem", "app::Store::put", "app::all"),
        names=("alloc::vec::from_elem", "app::Store::put", "<app::Store as Odd>::put", "app::all"),
        text=site.text,
        function="app::Store::put",
        file="src/lib.rs",
        line=8,
        counts={},
    )
    assert len(site.text) == 8


def test_two_calls_of_one_function_are_two_sites_wherever_they_move() -> None:
    stacks = [(PUSH, frame("app::Store::put", line)) for line in (8, 9, 8)]
    moved = [(PUSH, frame("app::Store::put", line)) for line in (10, 11)]

    before = Project({"src/lib.rs": LIB}).sites(*stacks)
    after = Project({"src/lib.rs": "\n\n" + LIB}).sites(*moved)

    assert [site.key for site in after] == [site.key for site in before]
    assert [site.line for site in after] == [10, 11]


def test_without_its_source_a_function_is_what_the_symbol_table_says() -> None:
    unread = Project({"src/lib.rs": "", "src/store.rs": LIB}).sites(
        (PUSH, frame("app::Store::put::{{closure}}", 8))
    )
    other = Project({"src/lib.rs": LIB}).sites((PUSH, frame("<app::Store as Clone>::clone", 8)))

    assert [(site.chain[1:], site.names, site.text) for site in unread] == [(("app::Store::put",), (), "")]
    assert [site.chain[1:] for site in other] == [(("<app::Store as Clone>::clone",))]


def test_a_function_that_was_inlined_without_a_name_has_the_sources() -> None:
    (site,) = Project({"src/lib.rs": LIB}).sites((PUSH, frame("UnknownInlinedFun", 8), frame("app::all", 4)))

    assert (site.chain[1:], site.names[1:]) == (("app::Store::put", "app::all"), ("UnknownInlinedFun", "app::all"))


def test_a_site_that_starts_a_task_says_with_what() -> None:
    started, other = Project({"src/lib.rs": LIB}).sites(
        (PUSH, frame("app::Store::put", 10)), (PUSH, frame("app::Store::put", 9))
    )

    assert (started.starts, other.starts) == (("keep", "spawn"), ())


KEEPING = """\
fn make() {
    grow();
}
fn leak() {
    make();
    Box::leak(make());
}
#[test]
fn t() {
    leak();
    make();
    mem::forget(1);
}
"""


def test_a_caller_keeps_for_ever_only_what_its_line_makes_and_a_test_only_its_own() -> None:
    project = Project({"src/lib.rs": KEEPING})

    sites = project.sites(
        (PUSH, frame("app::make", 2), frame("app::leak", 5)),
        (CLONE, frame("app::make", 2), frame("app::leak", 6)),
        (PUSH, frame("app::make", 2), frame("app::t", 11)),
        (CLONE, frame("app::t", 12)),
    )

    assert [site.forgets for site in sites] == [None, "Box::leak", None, "mem::forget"]


def test_a_path_attribute_is_believed_from_the_symbol() -> None:
    project = Project({"src/lib.rs": LIB, "shared/x.rs": "fn down() {\n grow();\n}\n"})

    (site,) = project.sites((PUSH, frame("app::deep::down", 2, "shared/x.rs")))

    assert (site.chain[1:], len(site.text)) == (("app::deep::down",), 8)


def test_each_file_is_read_once_and_only_if_it_is_on_a_stack() -> None:
    project = Project({"src/lib.rs": LIB, "src/store.rs": LIB, "src/other.rs": LIB})
    data = dhat(((PUSH, frame("app::Store::put", 8), frame("app::store::all", 4, "src/store.rs")), {"tb": 1}))

    take((TestedProfile(name, parse(data, "p")) for name in ("a", "b")), project.workspace())

    assert sorted(project.read) == ["src/lib.rs", "src/store.rs"]


def test_a_snapshot_has_a_sketch_of_each_function_in_its_chains() -> None:
    project = Project({"src/lib.rs": LIB})
    data = dhat(((PUSH, frame("app::Store::put", 8), frame("app::unknown", 1)), {"tb": 1}))

    snapshot = take([TestedProfile("a", parse(data, "p"))], project.workspace())

    assert [(name, len(sketch)) for name, sketch in snapshot.functions.items()] == [("app::Store::put", 24)]


def test_a_frame_without_a_line_is_what_its_symbol_says() -> None:
    sources = Sources(Project({"src/lib.rs": LIB}).workspace())
    nowhere = ClassifiedFrame("app::put", Origin.USER, "src/lib.rs")

    assert (sources.function(nowhere), sources.text(nowhere), sources.starts(nowhere)) == ("app::put", "", ())
    assert sources.forgets([nowhere]) is None
