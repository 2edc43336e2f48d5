from field.libtest import Plain, read

OUTPUT = """\
   Compiling pot v1.0.0 (/tmp/pot-1.0.0)
    Finished `test` profile [unoptimized + debuginfo] target(s) in 0.02s
     Running unittests src/lib.rs (target/debug/deps/pot-fdf151cf1de1ef3a)

running 3 tests
test tests::brews ... ok
test tests::boils_over - should panic ... ok
test tests::needs_a_stove ... ignored, no stove here

test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

     Running tests/pouring/main.rs (target/debug/deps/pouring-0123456789abcdef)

running 2 tests
a child thread says test spills ... whatever it likes
test spills ... FAILED
test fills ... ok

failures:

---- spills stdout ----
    looks like a name

failures:
    spills

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

error: test failed, to rerun pass `--test pouring`
""".splitlines()


def test_a_plain_run_is_read_with_the_ids_that_leakgate_gives() -> None:
    assert read(OUTPUT, "pot") == Plain(
        ran=4,
        failed=frozenset({"pot::pouring spills"}),
        seen=frozenset(
            {
                "pot tests::brews",
                "pot tests::boils_over",
                "pot::pouring spills",
                "pot::pouring fills",
            }
        ),
    )


def test_output_without_a_test_holds_none() -> None:
    assert read(["error: could not compile `pot`"], "pot") == Plain(0, frozenset(), frozenset())
