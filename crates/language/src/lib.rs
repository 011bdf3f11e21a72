#![doc = include_str!("../README.md")]

pub mod fold;
pub mod intent;
pub mod personal;
pub mod phrases;
pub mod plain;
pub mod smell;
pub mod suggest;
pub mod title;
pub mod written_in;
