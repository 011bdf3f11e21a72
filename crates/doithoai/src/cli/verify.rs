//! `verify`: the judge.

use crate::config::Config;
use crate::wiring;

pub async fn run(config: &Config) -> anyhow::Result<()> {
    let city = wiring::city(config).await?;
    let (looked, violations) = service::verify::verify(&city, |_| {}).await?;
    println!("{} cases, {} events, {} deliveries, {} files looked at.", looked.cases, looked.events, looked.deliveries, looked.files);
    for violation in &violations {
        println!("VIOLATION {}: {}", violation.rule, violation.subject);
    }
    if violations.is_empty() {
        println!("Nothing is wrong.");
        return Ok(());
    }
    println!("{} violations.", violations.len());
    std::process::exit(1);
}
