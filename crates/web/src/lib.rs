//! HTTP: the pages of the portal, the console and the administration, and the hooks of channels.
//!
//! A handler takes its page's [`page::Page`], calls `service`, and answers with a template or an
//! [`error::Error`]. Every page works without scripts; parts are shared by pages, partial updates
//! and live pushes.

pub mod admin;
pub mod app;
pub mod assets;
pub mod console;
pub mod error;
pub mod form;
pub mod hooks;
pub mod limit;
pub mod page;
pub mod parts;
pub mod portal;
