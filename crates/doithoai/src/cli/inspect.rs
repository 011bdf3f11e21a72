//! `inspect`: what the parsers make of a message, as one JSON object.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Inspect {
    /// A raw e-mail (`-` for standard input).
    Email { file: PathBuf },
}

impl Inspect {
    pub fn run(self) -> anyhow::Result<()> {
        let Inspect::Email { file } = self;
        let seen = channels::email::inspect(&read(&file)?);
        println!("{}", serde_json::to_string(&seen)?);
        Ok(())
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))
}
