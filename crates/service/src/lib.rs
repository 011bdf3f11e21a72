#![doc = include_str!("../README.md")]

pub mod change;
pub mod city;
pub mod clock;
mod error;
pub mod intake;
pub mod jobs;
pub mod keys;
pub mod receive;
pub mod reference;

pub use city::{City, Officer, Settings};
pub use error::{Error, Problem, Result};
