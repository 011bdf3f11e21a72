pub mod suggest {
    #[derive(Debug, Clone)]
    pub struct FieldSeeds {
        pub field: String,
        pub track: Option<String>,
        pub phrases: Vec<String>,
    }
    pub struct Suggester;
    pub struct Suggestion {
        pub field: String,
        pub score: f32,
    }
    impl Suggester {
        pub fn new(_: Vec<FieldSeeds>) -> Self {
            Self
        }
        pub fn suggest(&self, _: &str) -> Vec<Suggestion> {
            vec![]
        }
        pub fn track(&self, _: &str, _: Option<&str>) -> Option<String> {
            None
        }
    }
}
pub mod smell {
    pub struct Smell {
        pub kind: Kind,
    }
    pub enum Kind {
        X,
    }
    impl Kind {
        pub fn as_str(&self) -> &'static str {
            "x"
        }
    }
    pub fn smell(_: &str) -> Vec<Smell> {
        vec![]
    }
}
pub mod title {
    pub fn title(t: &str) -> String {
        t.chars().take(90).collect()
    }
}
pub mod personal {
    pub fn redact(t: &str) -> (String, Vec<usize>) {
        (t.into(), vec![])
    }
    pub fn find(_: &str) -> Vec<usize> {
        vec![]
    }
}
