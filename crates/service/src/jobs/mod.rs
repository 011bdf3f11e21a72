//! What was enqueued is run here, one file per kind.
