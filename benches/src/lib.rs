//! Benchmarks of the parts; see `benches/parts.rs` and README.md.
