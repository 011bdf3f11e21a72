//! What the program promises, proven through its own doors on both engines.
//!
//! `TEST_ENGINE` chooses the engine (`sqlite` when unset). Modules whose names the runner knows: `mail::` needs the servers
//! of scripts/mail.sh, `kill::` kills the built program many times, `race::` needs PostgreSQL and several processes,
//! `bulk::` moves large bodies.

mod actor;
mod app;
mod database;
mod env;
mod letter;
mod outbox;
mod post;
mod program;
mod sender;

mod backup;
mod bad_form;
mod bulk;
mod channels_admin;
mod chat;
mod chat_bots;
mod chat_desk;
mod chat_nodes;
mod conflict;
mod demo_ports;
mod desk;
mod forgotten_files;
mod hostile;
mod hotline;
mod hotline_desk;
mod in_english;
mod inspect;
mod journey;
mod kill;
mod mail;
mod one_time_code;
mod race;
mod reminders;
mod secret_link;
mod sms;
mod sms_desk;
mod sms_faults;
mod sms_load;
mod unknown_code;
