//! Đối Thoại: one program with which a city talks with its businesses.

mod cli;
mod config;
mod telemetry;
mod wiring;

use clap::Parser;

fn main() -> anyhow::Result<()> {
    // One crypto provider for every TLS link; chosen before the first.
    let _first = rustls::crypto::ring::default_provider().install_default();
    #[cfg(feature = "failpoints")]
    let _scenario = fail::FailScenario::setup();
    let arguments = cli::Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(cli::run(arguments))
}
