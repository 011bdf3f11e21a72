//! The language of a reader, and the words in it.

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::types::FluentNumber;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::{LanguageIdentifier, langid};

use crate::figures;

/// The files of one language, each an area of the program; a key lives in exactly one of them.
macro_rules! files {
    ($($lang:literal: $($area:literal)*;)*) => {
        pub(crate) fn sources(lang: Lang) -> &'static [(&'static str, &'static str)] {
            match lang.code() {
                $($lang => &[$(($area, include_str!(concat!("../", $lang, "/", $area, ".ftl")))),*],)*
                other => unreachable!("no words for {other}"),
            }
        }
    };
}

files! {
    "vi": "common" "domain" "portal" "console" "calls" "channels" "sms" "admin" "messages";
    "en": "common" "domain" "portal" "console" "calls" "channels" "sms" "admin" "messages";
}

/// A language the program speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    Vi,
    En,
}

impl Lang {
    /// The code of the `lang` attribute.
    pub const fn code(self) -> &'static str {
        match self {
            Lang::Vi => "vi",
            Lang::En => "en",
        }
    }

    /// Reads `vi` or `en`, also with a region (`en-GB`); anything else is none.
    pub fn parse(code: &str) -> Option<Lang> {
        let main = code.trim().split(['-', '_']).next().unwrap_or_default();
        [Lang::Vi, Lang::En].into_iter().find(|lang| main.eq_ignore_ascii_case(lang.code()))
    }

    fn identifier(self) -> LanguageIdentifier {
        match self {
            Lang::Vi => langid!("vi"),
            Lang::En => langid!("en"),
        }
    }
}

type Bundle = FluentBundle<FluentResource>;

static VI: LazyLock<Bundle> = LazyLock::new(|| bundle(Lang::Vi));
static EN: LazyLock<Bundle> = LazyLock::new(|| bundle(Lang::En));

/// Embedded files that do not parse or repeat a key are a fault of the build; the tests of this
/// crate load both bundles, so it cannot ship.
fn bundle(lang: Lang) -> Bundle {
    let mut bundle = Bundle::new_concurrent(vec![lang.identifier()]);
    // The marks U+2068/2069 around values would end up in copied text and in SMS.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match lang {
        Lang::Vi => |value, _| grouped(value, Lang::Vi),
        Lang::En => |value, _| grouped(value, Lang::En),
    }));
    for (area, text) in sources(lang) {
        let resource =
            FluentResource::try_new((*text).to_owned()).unwrap_or_else(|(_, errors)| panic!("{}/{area}.ftl: {errors:?}", lang.code()));
        bundle.add_resource(resource).unwrap_or_else(|errors| panic!("{}/{area}.ftl: {errors:?}", lang.code()));
    }
    bundle
}

fn grouped(value: &FluentValue, lang: Lang) -> Option<String> {
    match value {
        FluentValue::Number(FluentNumber { value, .. }) if value.fract() == 0.0 => Some(figures::whole(*value as i64, lang)),
        FluentValue::Number(FluentNumber { value, .. }) => Some(figures::decimal(*value, 1, lang)),
        _ => None,
    }
}

/// The words of one language: a handle that costs nothing to copy and to keep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tongue(pub Lang);

impl Tongue {
    pub const VI: Tongue = Tongue(Lang::Vi);
    pub const EN: Tongue = Tongue(Lang::En);

    pub fn lang(self) -> Lang {
        self.0
    }

    /// The word of `key`. A key unknown in both languages gives the key itself: visible to
    /// whoever tests the page, harmless to whoever reads it.
    pub fn t(self, key: &str) -> Cow<'static, str> {
        self.say(key, None)
    }

    /// The word of `key` with its values filled in. Numbers are grouped as the language does;
    /// what must stay ungrouped (years, codes) is given as text.
    pub fn with<'a>(self, key: &str, values: impl AsRef<[(&'a str, FluentValue<'a>)]>) -> Cow<'static, str> {
        let values = values.as_ref();
        let mut args = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            args.set((*name).to_owned(), value.clone());
        }
        self.say(key, Some(&args))
    }

    /// The word of a code within a family: `of("label", "need_info")` is `label-need_info`.
    pub fn of(self, family: &str, code: &str) -> Cow<'static, str> {
        self.t(&format!("{family}-{code}"))
    }

    /// Whether `key` has a word, in this language or in Vietnamese.
    pub fn knows(self, key: &str) -> bool {
        self.own().has_message(key) || VI.has_message(key)
    }

    fn own(self) -> &'static Bundle {
        match self.0 {
            Lang::Vi => &VI,
            Lang::En => &EN,
        }
    }

    fn say(self, key: &str, args: Option<&FluentArgs>) -> Cow<'static, str> {
        for bundle in [self.own(), &VI] {
            if let Some(pattern) = bundle.get_message(key).and_then(|found| found.value()) {
                let mut errors = Vec::new();
                let text = bundle.format_pattern(pattern, args, &mut errors).into_owned();
                debug_assert!(errors.is_empty(), "{key}: {errors:?}");
                return Cow::Owned(text);
            }
        }
        debug_assert!(false, "no word for the key {key}");
        Cow::Owned(key.to_owned())
    }
}

/// Templates hand their values over by reference.
impl From<&Tongue> for Tongue {
    fn from(tongue: &Tongue) -> Tongue {
        *tongue
    }
}

/// The text with its first letter in capitals, for the start of a sentence.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
