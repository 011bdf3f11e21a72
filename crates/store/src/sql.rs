//! Statement texts, each declared once where it is used.

/// One statement in the words of both engines: usually the same words.
#[derive(Debug)]
pub struct Statement {
    pub sqlite: &'static str,
    pub postgres: &'static str,
    /// Where it is declared, for the report of the test that prepares them all.
    pub file: &'static str,
    pub line: u32,
}

/// A statement in the register.
pub struct Registered(pub &'static Statement);

inventory::collect!(Registered);

/// Every statement of the program, in no particular order.
pub fn registered() -> impl Iterator<Item = &'static Statement> {
    inventory::iter::<Registered>.into_iter().map(|registered| registered.0)
}

/// Declares a statement and registers it: `sql!("… WHERE id = $1")`, or `sql!(pg: "…", sqlite: "…")` for the handful that differ.
#[macro_export]
macro_rules! sql {
    (pg: $postgres:expr, sqlite: $sqlite:expr $(,)?) => {{
        static STATEMENT: $crate::Statement =
            $crate::Statement { sqlite: $sqlite, postgres: $postgres, file: file!(), line: line!() };
        ::inventory::submit! { $crate::Registered(&STATEMENT) }
        &STATEMENT
    }};
    ($text:expr) => {
        $crate::sql!(pg: $text, sqlite: $text)
    };
}
