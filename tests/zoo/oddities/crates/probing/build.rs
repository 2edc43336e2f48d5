//! Asks the compiler what it can do, as the build scripts of anyhow, thiserror and proc-macro2 do: through the
//! wrappers that cargo names, and with and without RUSTC_BOOTSTRAP.

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-env-changed=RUSTC_BOOTSTRAP");
    println!("cargo:rustc-check-cfg=cfg(bootstrap_is_set, compiles_stable, compiles_unstable, is_nightly)");
    let out = env::var_os("OUT_DIR").expect("cargo sets it");
    let probe = Path::new(&out).join("probe.rs");
    for (name, source) in [
        ("stable", "pub fn f() -> usize { usize::MAX }"),
        ("unstable", "#![feature(never_type)] pub fn f() -> ! { loop {} }"),
    ] {
        fs::write(&probe, source).expect("OUT_DIR can be written to");
        if compiles(&probe, Path::new(&out)) {
            println!("cargo:rustc-cfg=compiles_{}", name);
        }
    }
    if env::var_os("RUSTC_BOOTSTRAP").is_some() {
        println!("cargo:rustc-cfg=bootstrap_is_set");
    }
    let version = Command::new(env::var_os("RUSTC").expect("cargo sets it")).arg("--version").output();
    if String::from_utf8_lossy(&version.expect("it runs").stdout).contains("-nightly") {
        println!("cargo:rustc-cfg=is_nightly");
    }
}

fn compiles(source: &Path, out: &Path) -> bool {
    let wrappers = ["RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"].into_iter().filter_map(env::var_os);
    let rustc = env::var_os("RUSTC").expect("cargo sets it");
    let mut words: Vec<OsString> = wrappers.filter(|wrapper| !wrapper.is_empty()).chain([rustc]).collect();
    let program = words.remove(0);
    let status = Command::new(program)
        .args(words)
        .args(["--edition=2021", "--crate-name=probe", "--crate-type=lib", "--emit=dep-info,metadata"])
        .arg("--out-dir")
        .arg(out)
        .arg(source)
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}
