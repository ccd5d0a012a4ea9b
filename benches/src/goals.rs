//! What is aimed at? Ratios of one run, since single figures depend on the machine.

/// One ratio with its goals.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Goal {
    /// Its key in the JSON.
    pub(crate) key: &'static str,
    /// Must hold.
    pub(crate) floor: f64,
    /// Aimed at.
    pub(crate) target: f64,
    /// Honoured.
    pub(crate) stretch: f64,
    /// Less is better.
    pub(crate) is_cost: bool,
}

impl Goal {
    /// Which of its marks a value reaches.
    pub(crate) fn reached(&self, value: f64) -> &'static str {
        let holds = |mark: f64| if self.is_cost { value <= mark } else { value >= mark };
        if holds(self.stretch) {
            "stretch"
        } else if holds(self.target) {
            "target"
        } else if holds(self.floor) {
            "floor"
        } else {
            "BELOW"
        }
    }
}

const fn more(key: &'static str, floor: f64, target: f64, stretch: f64) -> Goal {
    Goal { key, floor, target, stretch, is_cost: false }
}

const fn less(key: &'static str, floor: f64, target: f64, stretch: f64) -> Goal {
    Goal { key, floor, target, stretch, is_cost: true }
}

/// In the order of the report.
pub(crate) const GOALS: [Goal; 17] = [
    more("sqlite_many_over_conventional_pg", 4.0, 6.0, 10.0),
    more("sqlite_hot_over_conventional_pg_hot", 12.0, 20.0, 35.0),
    more("hot_over_many", 0.8, 0.95, 1.0),
    more("sqlite_over_row_at_a_time", 4.0, 6.0, 10.0),
    more("sqlite_over_store_off", 0.45, 0.6, 0.8),
    more("pg_many_over_conventional_pg", 3.0, 5.0, 7.0),
    more("pg_hot_over_conventional_pg_hot", 10.0, 18.0, 30.0),
    more("sqlite_slow_disk_over_row_at_a_time", 25.0, 50.0, 80.0),
    more("verify_over_bare_hyper", 0.4, 0.65, 0.9),
    less("p99_16_over_fdatasync_p50", 40.0, 20.0, 10.0),
    less("verify_p99_overload_over_alone", 5.0, 3.0, 2.0),
    more("useful_under_overload_over_peak", 0.9, 0.95, 1.0),
    less("p99_after_overload_over_half_load", 3.0, 1.5, 1.0),
    less("cpu_of_400_items_over_10", 40.0, 40.0, 30.0),
    more("pg_two_servers_over_one", 1.0, 1.5, 2.0),
    less("bytes_per_approval", 4096.0, 2048.0, 1024.0),
    more("approvals_10m_over_10k", 0.7, 0.85, 0.95),
];
