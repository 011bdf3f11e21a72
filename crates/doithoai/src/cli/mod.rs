//! One binary, its roles as sub-commands, one file each.

mod backup;
mod bench;
mod demo;
mod hotline;
mod inspect;
mod officer;
mod reference;
mod seed;
mod serve;
mod simulate;
mod verify;

use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::telemetry;

/// One program with which a city talks with its businesses on the channels they already use.
#[derive(Debug, Parser)]
#[command(name = "doithoai", version, about)]
pub struct Arguments {
    #[command(flatten)]
    config: Config,

    /// Log JSON lines.
    #[arg(long, global = true)]
    log_json: bool,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the portal, the console and the channels.
    Serve(serve::Serve),
    /// Bring the database to this program's schema.
    Migrate,
    /// Officers.
    #[command(subcommand)]
    Officer(officer::Officer),
    /// Load reference data from plain files.
    Reference(reference::Reference),
    /// Copy database and attachments into a new folder while the program runs.
    Backup(backup::Backup),
    /// Put a backup back into an empty place.
    Restore(backup::Restore),
    /// Fill the database with many cases, the same for the same seed.
    Seed(seed::Seed),
    /// Measure speed and size against the ceilings of this machine.
    Bench(bench::Bench),
    /// Play the other ends on this machine: Facebook, Zalo, short messages, the exchange, and a phone page, beside a running `serve`.
    Simulate(simulate::Simulate),
    /// Look for anything in the database that must never be so; exit 1 with each violation named.
    Verify,
    /// Show what the parsers make of a message.
    #[command(subcommand)]
    Inspect(inspect::Inspect),
}

pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let config = arguments.config;
    telemetry::start(arguments.log_json);
    match arguments.command {
        Command::Serve(serve) => serve.run(config).await,
        Command::Migrate => {
            crate::wiring::database(&config).await?;
            println!("The database is at this program's version.");
            Ok(())
        }
        Command::Officer(officer) => officer.run(&config).await,
        Command::Reference(reference) => reference.run(&config).await,
        Command::Backup(backup) => backup.run(&config).await,
        Command::Restore(restore) => restore.run(&config).await,
        Command::Seed(seed) => seed.run(&config).await,
        Command::Bench(bench) => bench.run(&config).await,
        Command::Simulate(simulate) => simulate.run(&config).await,
        Command::Verify => verify::run(&config).await,
        Command::Inspect(inspect) => inspect.run(),
    }
}
