//! The program as a process of its own: how soon it answers, what memory it holds.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::process::{Child, Command};

use super::http::{Line, Pace, get, load};
use super::table::{Bar, Figure, Table, quantile};
use crate::config::Config;

const STARTS: usize = 9;
const MEBIBYTE: f64 = 1_048_576.0;

pub async fn run(config: &Config, data: &Path, table: &mut Table) -> anyhow::Result<()> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let address = free_address()?;
        let begun = Instant::now();
        let program = spawn(config, data, address)?;
        until_ready(address).await?;
        times.push(begun.elapsed());
        stop(program).await?;
    }
    let mut line = |name: &str, value: f64, unit: &str, bar: Bar| table.line(Figure { name, value, unit, ceiling: None, bar });
    line("cold start to ready, 10k cases, median", quantile(&mut times, 0.5), "ms", Bar::AtMost(100.0));
    line("cold start to ready, 10k cases, slowest", quantile(&mut times, 1.0), "ms", Bar::None);

    let address = free_address()?;
    let program = spawn(config, data, address)?;
    let id = program.id().context("the program runs")?;
    until_ready(address).await?;
    // What starting began has to end before it counts as idle.
    tokio::time::sleep(Duration::from_secs(5)).await;
    line("memory, idle (private)", memory(id, "RssAnon:").await?, "MiB", Bar::AtMost(40.0));
    line("memory, idle (with mapped files)", memory(id, "VmRSS:").await?, "MiB", Bar::None);
    let requests: Vec<Vec<u8>> = ["/", "/gui", "/hoi-dap", "/tra-cuu"].iter().map(|path| get(path, &[("accept-encoding", "br")])).collect();
    let loaded = load(address, &Arc::new(requests), 64, Pace::Closed, Duration::from_secs(4)).await?;
    line("portal pages, 64 connections", loaded.per_second, "/s", Bar::None);
    line("memory after that load (private)", memory(id, "RssAnon:").await?, "MiB", Bar::None);
    stop(program).await?;
    let size = std::fs::metadata(std::env::current_exe()?)?.len();
    line("size of the program", size as f64 / MEBIBYTE, "MiB", Bar::AtMost(40.0));
    Ok(())
}

fn spawn(config: &Config, data: &Path, address: SocketAddr) -> anyhow::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("serve").arg("--data").arg(data).arg("--listen").arg(address.to_string()).arg("--reference").arg(&config.reference);
    command.env_remove("DOITHOAI_DATABASE").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    Ok(command.spawn()?)
}

async fn until_ready(address: SocketAddr) -> anyhow::Result<()> {
    let request = get("/readyz", &[]);
    let end = Instant::now() + Duration::from_secs(30);
    while Instant::now() < end {
        if let Ok(mut line) = Line::open(address).await
            && let Ok(answer) = line.ask(&request).await
            && answer.status == 200
        {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    anyhow::bail!("the program was not ready in 30 s")
}

async fn stop(mut program: Child) -> anyhow::Result<()> {
    program.kill().await?;
    Ok(())
}

fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// A line of the kernel's account of a process, in MiB.
async fn memory(process: u32, field: &str) -> anyhow::Result<f64> {
    let status = tokio::fs::read_to_string(format!("/proc/{process}/status")).await?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).with_context(|| format!("the kernel tells no {field}"))?;
    let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kibibytes / 1_024.0)
}
