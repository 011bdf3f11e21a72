//! The table of results, printed line by line as they come.

use std::time::Duration;

/// What a figure has to reach.
#[derive(Debug, Clone, Copy)]
pub enum Bar {
    AtLeast(f64),
    AtMost(f64),
    /// Told for comparison.
    None,
}

pub struct Table {
    missed: Vec<String>,
    lines: usize,
}

/// A figure beside its ceiling.
pub struct Figure<'a> {
    pub name: &'a str,
    pub value: f64,
    pub unit: &'a str,
    /// The most (or least) that this machine does in the same run; none where there is no such thing.
    pub ceiling: Option<f64>,
    pub bar: Bar,
}

impl Table {
    pub fn begin() -> Self {
        println!("| what | figure | ceiling | ratio | bar | met |");
        println!("| --- | ---: | ---: | ---: | ---: | --- |");
        Self { missed: Vec::new(), lines: 0 }
    }

    /// A line whose bar is on the figure itself.
    pub fn line(&mut self, figure: Figure<'_>) {
        let met = match figure.bar {
            Bar::AtLeast(least) => Some(figure.value >= least),
            Bar::AtMost(most) => Some(figure.value <= most),
            Bar::None => None,
        };
        let (sign, bar) = match figure.bar {
            Bar::AtLeast(bar) => ("≥ ", Some(bar)),
            Bar::AtMost(bar) => ("≤ ", Some(bar)),
            Bar::None => ("", None),
        };
        let number = |value: Option<f64>| value.map_or_else(String::new, rounded);
        let ratio = figure.ceiling.filter(|ceiling| *ceiling > 0.0).map(|ceiling| figure.value / ceiling);
        println!(
            "| {} | {} {} | {} | {} | {sign}{} | {} |",
            figure.name,
            rounded(figure.value),
            figure.unit,
            number(figure.ceiling),
            number(ratio),
            number(bar),
            met.map_or("", |met| if met { "yes" } else { "**no**" }),
        );
        self.lines += 1;
        if met == Some(false) {
            self.missed.push(figure.name.to_owned());
        }
    }

    pub fn note(&mut self, text: &str) {
        println!("| ({text}) | | | | | |");
    }

    pub fn end(self) {
        println!();
        if self.missed.is_empty() {
            println!("{} figures, every bar is met.", self.lines);
        } else {
            println!("{} figures; these miss their bar: {}.", self.lines, self.missed.join("; "));
        }
    }
}

/// Three digits that count.
fn rounded(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        middle if middle >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// The time that `share` of all did not exceed; zero when there are none. In milliseconds.
pub fn quantile(times: &mut [Duration], share: f64) -> f64 {
    times.sort_unstable();
    let last = times.len().saturating_sub(1);
    times.get((last as f64 * share).round() as usize).map_or(0.0, |time| time.as_secs_f64() * 1e3)
}
