//! A smaller program: the linker that Rust brings on this platform folds functions that came out alike and packs the
//! addresses that are fixed up at the start.

#[expect(clippy::disallowed_methods, reason = "what is being built for is told in the environment alone")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    // Elsewhere the linker may be one that knows neither.
    let knows = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ARCH", "x86_64") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if knows && is("PROFILE", "release") {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
