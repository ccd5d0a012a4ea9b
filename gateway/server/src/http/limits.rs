//! How often may one user and one address ask? Generous, so that only what runs wild is held back.

use crate::config;
use ebirlik_operations::Client;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

use super::access::Traffic;

/// The limits of a server. Each kind of traffic has its own, so that no other ever uses them up.
#[derive(Debug)]
pub(crate) struct Limits {
    submission: Pair,
    verification: Pair,
    inquiry: Pair,
    pages: Pair,
    public: Pair,
}

/// Come back after so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// At least 1.
    pub(crate) retry_after_s: u64,
}

impl Limits {
    /// With the settings' figures.
    pub(crate) fn new(settings: &config::Limits) -> Self {
        let general = || Pair::new(settings.requests_per_second_user, settings.requests_per_second_address);
        Self {
            submission: general(),
            inquiry: general(),
            pages: general(),
            public: general(),
            verification: Pair::new(settings.verifications_per_second_user, settings.verifications_per_second_address),
        }
    }

    /// Counts a request of an address, before anything is known of its sender.
    pub(crate) fn count_address(&self, traffic: Traffic, address: IpAddr) -> Result<(), TooMany> {
        if address.to_canonical().is_loopback() {
            // This machine itself: a proxy in front of us, behind which everybody has this one address.
            return Ok(());
        }
        counted(traffic, self.pair(traffic).map_or(Ok(()), |pair| pair.addresses.count(&network(address))))
    }

    /// Counts a request of a user who has signed in.
    pub(crate) fn count_user(&self, traffic: Traffic, client: &Client) -> Result<(), TooMany> {
        counted(traffic, self.pair(traffic).map_or(Ok(()), |pair| pair.users.count(&client.code)))
    }

    /// Forgets whoever has been quiet. To be called from a timer.
    pub(crate) fn clean(&self) {
        for pair in [&self.submission, &self.verification, &self.inquiry, &self.pages, &self.public] {
            pair.users.clean();
            pair.addresses.clean();
        }
    }

    fn pair(&self, traffic: Traffic) -> Option<&Pair> {
        match traffic {
            Traffic::Probe => None,
            Traffic::Verification => Some(&self.verification),
            Traffic::Submission => Some(&self.submission),
            Traffic::Inquiry => Some(&self.inquiry),
            Traffic::Pages => Some(&self.pages),
            Traffic::Public => Some(&self.public),
        }
    }
}

fn counted(traffic: Traffic, result: Result<(), TooMany>) -> Result<(), TooMany> {
    result.inspect_err(|_| metrics::counter!("ebirlik_limited_total", "traffic" => traffic.as_str()).increment(1))
}

/// The limits of one kind of traffic.
#[derive(Debug)]
struct Pair {
    users: Keyed<String>,
    addresses: Keyed<IpAddr>,
}

impl Pair {
    fn new(per_user: u32, per_address: u32) -> Self {
        Self { users: Keyed::new(per_user, KEYS_MAX), addresses: Keyed::new(per_address, KEYS_MAX) }
    }
}

/// One limit a key, for a bounded number of keys.
#[derive(Debug)]
struct Keyed<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
    keys_max: usize,
}

impl<K: Hash + Eq + Clone> Keyed<K> {
    fn new(per_second: u32, keys_max: usize) -> Self {
        let per_second = NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(per_second).allow_burst(per_second.saturating_mul(BURST_SECONDS));
        Self { limiter: RateLimiter::keyed(quota), clock: DefaultClock::default(), keys_max }
    }

    fn count(&self, key: &K) -> Result<(), TooMany> {
        if self.limiter.len() >= self.keys_max {
            // More senders within one cleaning than any honest day has: whoever comes now waits for it.
            return Err(TooMany { retry_after_s: 1 });
        }
        self.limiter.check_key(key).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now());
            TooMany { retry_after_s: wait.as_secs().saturating_add(1) }
        })
    }

    fn clean(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

/// The address itself, or for IPv6 its /64: one subscriber owns all of it.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

/// Seconds' worth of requests that may come at once: a broker's queue after an outage is no attack.
const BURST_SECONDS: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");
/// Keys kept for each limit: some 100 bytes each, cleaned every few seconds.
const KEYS_MAX: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_beyond_the_limit_waits_a_second() {
        let keyed = Keyed::new(2, 10);
        for _ in 0..20 {
            assert_eq!(keyed.count(&"a"), Ok(()));
        }
        assert_eq!(keyed.count(&"a"), Err(TooMany { retry_after_s: 1 }));
        assert_eq!(keyed.count(&"b"), Ok(()));
    }

    #[test]
    fn the_number_of_keys_is_bounded() {
        let keyed = Keyed::new(2, 3);
        for key in 0..3 {
            assert_eq!(keyed.count(&key), Ok(()));
        }
        assert!(keyed.count(&3).is_err());
    }

    #[test]
    fn a_whole_v6_network_counts_as_one_sender() {
        let check = |address: &str, expected: &str| {
            assert_eq!(network(address.parse().unwrap()), expected.parse::<IpAddr>().unwrap(), "{address}");
        };
        check("192.0.2.7", "192.0.2.7");
        check("::ffff:192.0.2.7", "192.0.2.7");
        check("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::");
    }

    #[test]
    fn each_kind_is_counted_apart() {
        let settings = config::Limits {
            requests_per_second_address: 1,
            verifications_per_second_address: 1,
            ..config::Limits::default()
        };
        let limits = Limits::new(&settings);
        let address: IpAddr = "192.0.2.7".parse().unwrap();
        for _ in 0..10 {
            assert_eq!(limits.count_address(Traffic::Submission, address), Ok(()));
        }
        assert!(limits.count_address(Traffic::Submission, address).is_err());
        for other in [Traffic::Verification, Traffic::Inquiry, Traffic::Pages, Traffic::Public] {
            assert_eq!(limits.count_address(other, address), Ok(()));
        }
        assert_eq!(limits.count_address(Traffic::Probe, address), Ok(()));
        for _ in 0..20 {
            assert_eq!(limits.count_address(Traffic::Submission, IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)), Ok(()));
        }
        limits.clean();
    }
}
