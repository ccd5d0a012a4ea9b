//! What came out? Medians over the rounds, ratios with their goals, and all of it as JSON.

use crate::goals::GOALS;
use crate::load::Measured;
use crate::machine::Seen;
use anyhow::Result;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Everything measured so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// By name, in the order of their first round.
    runs: Vec<(String, Vec<Measured>)>,
    /// What is said beside a name: connections, bytes.
    notes: BTreeMap<String, String>,
    ratios: BTreeMap<&'static str, f64>,
    seen: Vec<(&'static str, Seen)>,
    /// The only runs that are made; all where there are none.
    only: Vec<String>,
}

impl Report {
    /// With these runs alone, or all.
    pub(crate) fn of(only: &[String]) -> Self {
        Self { only: only.to_vec(), ..Self::default() }
    }

    /// Whether a run is made.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }

    /// Makes a run, if it is wanted.
    pub(crate) fn run(&mut self, name: &str, note: &str, run: impl FnOnce() -> Result<Measured>) -> Result<()> {
        if self.wants(name) {
            self.add(name, note, run()?);
        }
        Ok(())
    }

    /// One run more of this name.
    pub(crate) fn add(&mut self, name: &str, note: &str, measured: Measured) {
        println!("  {name:34} {}", line(&measured));
        self.notes.entry(name.to_owned()).or_insert_with(|| note.to_owned());
        match self.runs.iter_mut().find(|(known, _)| known == name) {
            Some((_, runs)) => runs.push(measured),
            None => self.runs.push((name.to_owned(), vec![measured])),
        }
    }

    pub(crate) fn see(&mut self, when: &'static str, seen: Seen) {
        seen.tell(when);
        self.seen.push((when, seen));
    }

    /// The median of one figure over the rounds of a name; none if it was not measured.
    pub(crate) fn median(&self, name: &str, figure: fn(&Measured) -> f64) -> Option<f64> {
        let (_, runs) = self.runs.iter().find(|(known, _)| known == name)?;
        let mut values: Vec<f64> = runs.iter().map(figure).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    }

    /// The better of before and after: the disk itself, not who else used it.
    pub(crate) fn sync_p50_us(&self) -> Option<f64> {
        self.seen.iter().map(|(_, seen)| seen.sync_p50_us).reduce(f64::min)
    }

    pub(crate) fn per_second(&self, name: &str) -> Option<f64> {
        self.median(name, |run| run.per_second)
    }

    /// A ratio of medians of throughput.
    pub(crate) fn ratio(&mut self, key: &'static str, name: &str, peer: &str) {
        self.set(key, self.per_second(name).zip(self.per_second(peer)).map(|(ours, theirs)| ours / theirs));
    }

    pub(crate) fn set(&mut self, key: &'static str, value: Option<f64>) {
        if let Some(value) = value.filter(|value| value.is_finite()) {
            self.ratios.insert(key, value);
        }
    }

    /// Prints the tables of README.md.
    pub(crate) fn tell(&self) {
        println!("\n| run | /s | p50 ms | p99 ms | p99.9 ms | CPU us each | refused/s | refused p99 ms | |");
        println!("|---|---|---|---|---|---|---|---|---|");
        for (name, _) in &self.runs {
            let figure = |figure: fn(&Measured) -> f64| self.median(name, figure).unwrap_or_default();
            let ms = |us: f64| if us > 0.0 { format!("{:.2}", us / 1e3) } else { String::new() };
            let some = |value: f64| if value > 0.0 { format!("{value:.0}") } else { String::new() };
            println!(
                "| {name} | {:.0} | {} | {} | {} | {} | {} | {} | {} |",
                figure(|run| run.per_second),
                ms(figure(|run| if run.p50_us > 0.0 { run.p50_us } else { run.mean_us })),
                ms(figure(|run| run.p99_us)),
                ms(figure(|run| run.p999_us)),
                some(figure(|run| run.cpu_us)),
                some(figure(|run| run.refused_per_second)),
                ms(figure(|run| run.refused_p99_us)),
                self.notes.get(name).map(String::as_str).unwrap_or_default()
            );
        }
        println!("\n| ratio | measured | floor | target | stretch | reached |\n|---|---|---|---|---|---|");
        for goal in GOALS {
            let (value, reached) = match self.ratios.get(goal.key) {
                Some(value) => (format!("{value:.2}"), goal.reached(*value)),
                None => ("not measured".to_owned(), ""),
            };
            println!("| {} | {value} | {} | {} | {} | {reached} |", goal.key, goal.floor, goal.target, goal.stretch);
        }
    }

    /// The ratios by their keys, with null for what was not measured; beside them every run.
    pub(crate) fn write(&self, path: &Path, context: Value) -> Result<()> {
        let mut all = Map::new();
        for goal in GOALS {
            all.insert(goal.key.to_owned(), json!(self.ratios.get(goal.key)));
        }
        let goals: Map<String, Value> = GOALS
            .iter()
            .map(|goal| {
                let reached = self.ratios.get(goal.key).map(|value| goal.reached(*value));
                let told = json!({ "floor": goal.floor, "target": goal.target, "stretch": goal.stretch,
                    "less_is_better": goal.is_cost, "reached": reached });
                (goal.key.to_owned(), told)
            })
            .collect();
        let runs: Map<String, Value> = self
            .runs
            .iter()
            .map(|(name, runs)| {
                let note = self.notes.get(name);
                (name.clone(), json!({ "note": note, "rounds": runs.iter().map(Measured::json).collect::<Vec<_>>() }))
            })
            .collect();
        let seen: Map<String, Value> = self.seen.iter().map(|(when, seen)| ((*when).to_owned(), seen.json())).collect();
        all.extend([("goals".to_owned(), goals.into()), ("runs".to_owned(), runs.into())]);
        all.extend([("machine".to_owned(), seen.into()), ("run".to_owned(), context)]);
        fs::write(path, serde_json::to_vec_pretty(&all)?)?;
        println!("\nwritten to {}", path.display());
        Ok(())
    }
}

impl Measured {
    fn json(&self) -> Value {
        json!({ "per_second": self.per_second, "mean_us": self.mean_us, "p50_us": self.p50_us, "p99_us": self.p99_us,
            "p999_us": self.p999_us, "cpu_us_each": self.cpu_us, "refused_per_second": self.refused_per_second,
            "refused_p99_us": self.refused_p99_us, "broken": self.broken })
    }
}

fn line(run: &Measured) -> String {
    let [p50, p99, p999, mean] = [run.p50_us, run.p99_us, run.p999_us, run.mean_us].map(|us| us / 1e3);
    let times =
        if p50 > 0.0 { format!("p50 {p50:.2} p99 {p99:.2} p99.9 {p999:.2} ms") } else { format!("mean {mean:.2} ms") };
    let refused = if run.refused_per_second > 0.0 {
        format!("  refused {:.0}/s p99 {:.2} ms", run.refused_per_second, run.refused_p99_us / 1e3)
    } else {
        String::new()
    };
    let broken = if run.broken > 0 { format!("  broken {}", run.broken) } else { String::new() };
    format!("{:8.0}/s  {times}  CPU {:.0} us{refused}{broken}", run.per_second, run.cpu_us)
}
