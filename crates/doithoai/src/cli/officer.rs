//! `officer add`: the first administrator of a new city comes from here.

use std::io::BufRead;

use anyhow::Context;
use clap::{Args, Subcommand};
use domain::case::Role;

use crate::config::Config;
use crate::wiring;

#[derive(Debug, Subcommand)]
pub enum Officer {
    /// Add an officer; the password is read from standard input.
    Add(Add),
}

#[derive(Debug, Args)]
pub struct Add {
    /// What the officer types to sign in.
    login: String,
    /// Name as colleagues read it.
    #[arg(long)]
    name: String,
    /// `role@agency`, for example `operator@1022` or `administrator@1022`; may be repeated.
    #[arg(long = "role", required = true)]
    roles: Vec<String>,
}

impl Officer {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let Officer::Add(add) = self;
        let city = wiring::city(config).await?;
        let reference = city.reference();
        let mut roles = Vec::new();
        for text in &add.roles {
            let (role, agency) = text.split_once('@').with_context(|| format!("{text} is not of the form role@agency"))?;
            let role: Role = role.parse().with_context(|| format!("{role} is no role"))?;
            let agency = reference.agency(agency).with_context(|| format!("no agency has the code {agency}"))?;
            roles.push((role, agency.id));
        }
        eprint!("Password (at least 12 characters): ");
        let mut password = String::new();
        std::io::stdin().lock().read_line(&mut password).context("the password cannot be read")?;
        let password = password.trim_end_matches(['\r', '\n']).to_owned();
        service::sign_in::add_officer(&city, &add.login, &add.name, password, &roles)
            .await
            .map_err(|error| anyhow::anyhow!(explain(&error)))?;
        println!("{} can sign in now.", add.login);
        Ok(())
    }
}

fn explain(error: &service::Error) -> String {
    match error {
        service::Error::Invalid(problems) => match problems.first().map(|problem| problem.code) {
            Some("too_short") => "the password needs at least 12 characters".into(),
            Some("too_long") => "the password is too long".into(),
            Some("taken") => "this log-in name is taken".into(),
            Some("letters") => "a log-in name has Latin letters, digits, dots and dashes".into(),
            _ => error.to_string(),
        },
        other => other.to_string(),
    }
}
