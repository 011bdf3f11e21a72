use domain::case::Refused;

pub type Result<T> = std::result::Result<T, Error>;

/// Why a use case did not happen, named for what the caller shows. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not there, or not there for this person: both look the same.
    #[error("not found")]
    NotFound,
    /// This person may not.
    #[error("forbidden")]
    Forbidden,
    /// The rules of the case say no.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Somebody else was faster: show both.
    #[error("changed by somebody else meanwhile")]
    Stale,
    /// What was typed cannot be taken; each problem names its field.
    #[error("invalid input")]
    Invalid(Vec<Problem>),
    /// Too often; try again after so many seconds.
    #[error("too many attempts")]
    TooMany { retry_after: u64 },
    /// No room, or the database is away: nothing is taken now, reading may go on.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// A setting is wrong or missing; an administrator must act.
    #[error("{0}")]
    Setup(String),
    /// A fault of ours.
    #[error("internal: {0}")]
    Internal(String),
}

/// One thing wrong with what was typed. `code` is worded by the pages (`problem-<code>`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub field: &'static str,
    pub code: &'static str,
    /// A number that belongs to the words: digits typed, megabytes allowed.
    pub number: Option<i64>,
}

impl Problem {
    pub fn new(field: &'static str, code: &'static str) -> Self {
        Self { field, code, number: None }
    }

    pub fn with(field: &'static str, code: &'static str, number: impl TryInto<i64>) -> Self {
        Self { field, code, number: number.try_into().ok() }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Error::Invalid(vec![problem])
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Error::NotFound,
            store::Error::Conflict(_) => Error::Stale,
            store::Error::Busy(_) | store::Error::Full => Error::Unavailable(error.to_string()),
            store::Error::Fatal(_) | store::Error::Database(_) => Error::Internal(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Error::Internal(error.to_string())
    }
}

impl From<domain::UnknownCode> for Error {
    fn from(error: domain::UnknownCode) -> Self {
        Error::Internal(error.to_string())
    }
}
