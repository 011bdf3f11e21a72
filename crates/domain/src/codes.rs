//! Enums whose stored, sent and shown code is one fixed string.

/// A string that is none of the codes of its kind, for example a stage read from a newer database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code:?} is no {kind}")]
pub struct UnknownCode {
    /// Name of the Rust type that was asked for.
    pub kind: &'static str,
    /// What was given instead.
    pub code: String,
}

/// Declares an enum with one string per variant: `ALL`, `as_str`, `Display`, `FromStr`,
/// `TryFrom<&str>` and serde all speak that same string.
macro_rules! codes {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$note:meta])* $variant:ident = $code:literal),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        $vis enum $name { $($(#[$note])* $variant),+ }

        impl $name {
            /// Every variant, in the order in which it is declared.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code that is stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownCode;

            fn from_str(code: &str) -> Result<Self, Self::Err> {
                match code {
                    $($code => Ok(Self::$variant),)+
                    _ => Err($crate::UnknownCode { kind: stringify!($name), code: code.to_owned() }),
                }
            }
        }

        impl TryFrom<&str> for $name {
            type Error = $crate::UnknownCode;

            fn try_from(code: &str) -> Result<Self, Self::Error> {
                code.parse()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let code = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(from)?;
                code.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
