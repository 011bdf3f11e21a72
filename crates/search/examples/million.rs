//! Answer times over a million generated messages: `cargo run --release -p search --example million [documents]`.
//!
//! Messages are 81 characters on average, made of 1,083 syllables with marks whose frequencies fall as Zipf's: denser than
//! real text, where words are many more. A third is typed without marks. Thirty agencies, two parties a case.

use std::io::Write;
use std::time::{Duration, Instant};

use search::{Change, Document, Index, Kind, Query};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;

const AGENCIES: u64 = 30;
const SYLLABLES: usize = 1_083;
const BATCH: u64 = 50_000;
const QUERIES: usize = 300;

struct Dice(u64);

impl Dice {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

struct Language {
    syllables: Vec<String>,
    cumulated: Vec<f64>,
}

impl Language {
    fn new() -> Self {
        let first =
            ["", "b", "c", "ch", "d", "đ", "g", "gi", "h", "kh", "l", "m", "n", "ng", "nh", "ph", "qu", "s", "t", "th", "tr", "v", "x"];
        let last =
            ["a", "ả", "an", "án", "ang", "ạnh", "ay", "ăn", "âu", "ấp", "e", "ên", "êu", "ết", "i", "iên", "iệp", "inh", "ịch", "o"];
        let more =
            ["oan", "oản", "ong", "ô", "ốc", "ông", "ơ", "ới", "ơn", "u", "uê", "uế", "ủ", "ung", "ư", "ữa", "ươi", "ường", "ượng", "ước"];
        let mut syllables: Vec<String> = Vec::new();
        for end in last.iter().chain(&more) {
            syllables.extend(first.iter().map(|begin| format!("{begin}{end}")));
        }
        syllables.extend((0..SYLLABLES).map(|n| format!("y{n}")));
        let mut dice = Dice(7);
        for at in 0..SYLLABLES {
            let other = at + dice.below((syllables.len().min(SYLLABLES) - at) as u64) as usize;
            syllables.swap(at, other);
        }
        syllables.truncate(SYLLABLES);
        let mut sum = 0.0;
        let cumulated = (1..=SYLLABLES)
            .map(|rank| {
                sum += 1.0 / rank as f64;
                sum
            })
            .collect();
        Self { syllables, cumulated }
    }

    fn draw(&self, dice: &mut Dice) -> usize {
        let total = self.cumulated[SYLLABLES - 1];
        let at = (dice.next() >> 11) as f64 / (1u64 << 53) as f64 * total;
        self.cumulated.partition_point(|sum| *sum < at).min(SYLLABLES - 1)
    }

    fn message(&self, dice: &mut Dice) -> String {
        let count = 12 + dice.below(15) as usize;
        (0..count).map(|_| self.syllables[self.draw(dice)].as_str()).collect::<Vec<_>>().join(" ")
    }

    fn between(&self, from: usize, to: usize, dice: &mut Dice) -> &str {
        &self.syllables[from + dice.below((to - from) as u64) as usize]
    }
}

fn plain(text: &str) -> String {
    let marked = |char: char| unicode_normalization::char::is_combining_mark(char);
    text.nfd().filter(|char| !marked(*char)).map(|char| if char == 'đ' { 'd' } else { char }).collect()
}

fn document(n: u64, language: &Language, dice: &mut Dice) -> Document {
    let text = language.message(dice);
    let text = if n.is_multiple_of(3) { plain(&text) } else { text };
    let publication = n.is_multiple_of(200);
    Document {
        kind: if publication { Kind::Publication } else { Kind::Case },
        id: Uuid::from_u128(u128::from(n)),
        title: String::new(),
        text,
        sender: format!("Công ty {} {}", language.between(0, SYLLABLES, dice), language.between(0, SYLLABLES, dice)),
        code: format!("26{:08}", n),
        field: Some(format!("field{}", n % 20)),
        agencies: vec![Uuid::from_u128(u128::from(dice.below(AGENCIES)))],
        received_by: Uuid::from_u128(u128::from(dice.below(AGENCIES))),
        at: 1_700_000_000_000_000 + (n * 30_000_000) as i64,
        open: n.is_multiple_of(20),
    }
}

fn measure(name: &str, index: &Index, mut make: impl FnMut() -> Query) -> search::Result<()> {
    for newest_first in [false, true] {
        let mut times: Vec<Duration> = Vec::with_capacity(QUERIES);
        let mut found = 0;
        for _ in 0..QUERIES {
            let query = Query { newest_first, ..make() };
            let start = Instant::now();
            found += index.search(&query)?.len();
            times.push(start.elapsed());
        }
        times.sort();
        let at = |part: usize| times[(QUERIES - 1) * part / 100].as_secs_f64() * 1e3;
        let order = if newest_first { "newest" } else { "best" };
        println!("{name:<44} {order:<7} {:>8.2} {:>8.2} {:>8.1}", at(50), at(99), found as f64 / QUERIES as f64);
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let documents = std::env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse::<u64>())?;
    let folder = tempfile::tempdir()?;
    let index = Index::open(folder.path())?;
    let (language, mut dice) = (Language::new(), Dice(1));

    let start = Instant::now();
    let mut inside = Duration::ZERO;
    for batch in (0..documents).step_by(BATCH as usize) {
        let changes = (batch..documents.min(batch + BATCH)).map(|n| Change::Put(document(n, &language, &mut dice))).collect();
        let begun = Instant::now();
        index.apply(changes, batch.into())?;
        inside += begun.elapsed();
        eprint!("\r{} of {documents}", index.len());
        std::io::stderr().flush()?;
    }
    let size: u64 = walk(folder.path())?;
    eprintln!();
    println!(
        "{documents} documents in {:.1} s ({:.0}/s inside the index), {} MiB",
        start.elapsed().as_secs_f64(),
        documents as f64 / inside.as_secs_f64(),
        size >> 20
    );
    println!("{:<44} {:<7} {:>8} {:>8} {:>8}", "query", "order", "p50 ms", "p99 ms", "hits");

    let d = &mut dice;
    let l = &language;
    let case = |words: String| Query::new(Kind::Case, words);
    let officer = |words: String, agencies: u64| {
        let agencies = Some((0..agencies).map(|n| Uuid::from_u128(n.into())).collect());
        Query { agencies, by_sender: true, ..Query::new(Kind::Case, words) }
    };
    measure("1 common", &index, || case(l.between(0, 30, d).to_owned()))?;
    measure("2 rare", &index, || case(format!("{} {}", l.between(500, 1083, d), l.between(500, 1083, d))))?;
    measure("2 common", &index, || case(format!("{} {}", l.between(0, 30, d), l.between(0, 30, d))))?;
    measure("2 common, no marks", &index, || case(plain(&format!("{} {}", l.between(0, 30, d), l.between(0, 30, d)))))?;
    measure("4 common", &index, || case((0..4).map(|_| l.between(0, 30, d)).collect::<Vec<_>>().join(" ")))?;
    measure("3 mixed", &index, || case(format!("{} {} {}", l.between(0, 30, d), l.between(30, 300, d), l.between(300, 1083, d))))?;
    measure("12 common (none has all)", &index, || case((0..12).map(|_| l.between(0, 60, d)).collect::<Vec<_>>().join(" ")))?;
    measure("phrase of 2 common", &index, || case(format!("\"{} {}\"", l.between(0, 30, d), l.between(0, 30, d))))?;
    measure("phrase of 3 common", &index, || case(format!("\"{} {} {}\"", l.between(0, 30, d), l.between(0, 30, d), l.between(0, 30, d))))?;
    measure("2 common, 1 agency, senders", &index, || officer(format!("{} {}", l.between(0, 30, d), l.between(0, 30, d)), 1))?;
    measure("2 common, 29 agencies, senders", &index, || officer(format!("{} {}", l.between(0, 30, d), l.between(0, 30, d)), 29))?;
    measure("3 mixed, 29 agencies, senders", &index, || {
        officer(format!("{} {} {}", l.between(0, 30, d), l.between(30, 300, d), l.between(300, 1083, d)), 29)
    })?;
    measure("code", &index, || officer(format!("26{:08}", d.below(documents)), 29))?;
    measure("published, 2 common", &index, || Query::new(Kind::Publication, format!("{} {}", l.between(0, 30, d), l.between(0, 30, d))))?;
    let mut times = Vec::new();
    for _ in 0..QUERIES {
        let text = l.message(d);
        let begun = Instant::now();
        index.similar(&text, 5)?;
        times.push(begun.elapsed());
    }
    times.sort();
    println!(
        "{:<44} {:<7} {:>8.2} {:>8.2}",
        "similar",
        "",
        times[QUERIES / 2].as_secs_f64() * 1e3,
        times[QUERIES * 99 / 100].as_secs_f64() * 1e3
    );
    if let Some(line) = std::fs::read_to_string("/proc/self/status")?.lines().find(|line| line.starts_with("RssAnon")) {
        println!("{line}");
    }
    Ok(())
}

fn walk(dir: &std::path::Path) -> std::io::Result<u64> {
    let mut size = 0;
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        size += if entry.file_type()?.is_dir() { walk(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(size)
}
