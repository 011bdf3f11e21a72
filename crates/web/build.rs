//! Says what to run when the third-party files are not there yet.

use std::path::Path;

const FILES: [&str; 6] =
    ["htmx.min.js", "hx-sse.min.js", "latin-400.woff2", "latin-600.woff2", "vietnamese-400.woff2", "vietnamese-600.woff2"];

fn main() {
    println!("cargo::rerun-if-changed=assets");
    println!("cargo::rerun-if-changed=templates");
    let vendor = Path::new("assets/vendor");
    if let Some(missing) = FILES.iter().find(|name| !vendor.join(name).is_file()) {
        println!(
            "cargo::error=crates/web/assets/vendor/{missing} is missing: run `make run` once, or \
             crates/web/assets/vendor.sh (needs npm)"
        );
    }
}
