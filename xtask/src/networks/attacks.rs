//! What do hostile clients do? Each attack with what it sends, and the limit that holds it.

use super::others::People;
use super::smuggling;
use super::wire::{http2, request};
use flate2::{Compression, write::GzEncoder};
use std::io::Write;

/// One attack.
pub(crate) struct Attack {
    /// As in the table.
    pub(crate) name: &'static str,
    /// Which limit holds it, in the table's words.
    pub(crate) held_by: &'static str,
    pub(crate) deed: Deed,
    /// Against a server that speaks TLS.
    pub(crate) with_tls: bool,
    /// Statuses that the attackers may be answered with. Empty: any, or the answers are no HTTP/1.1.
    pub(crate) statuses: &'static [u16],
}

/// What is done.
pub(crate) enum Deed {
    /// Thousands of connections send an opening, then a drop each second, until they are cut.
    Hold { opening: Vec<u8>, drop: Vec<u8>, reads: bool },
    /// Some connections send an opening and then the same again as fast as it is taken; a new one when one is cut.
    Flood { opening: Vec<u8>, again: Vec<u8> },
    /// Single requests that two readers could understand differently.
    Ask(Vec<smuggling::Case>),
}

/// All of them, in the table's order.
pub(crate) fn all(people: &People) -> Vec<Attack> {
    let mut attacks = slow(people);
    attacks.extend(large(people));
    attacks.extend(of_http2());
    attacks.push(Attack {
        name: "request smuggling set",
        held_by: "requests of two meanings are refused and the connection is closed",
        deed: Deed::Ask(smuggling::cases()),
        with_tls: false,
        statuses: &[],
    });
    attacks
}

fn slow(people: &People) -> Vec<Attack> {
    let hold = |name, held_by, opening: &[u8], drop: &[u8], statuses| Attack {
        name,
        held_by,
        deed: Deed::Hold { opening: opening.to_vec(), drop: drop.to_vec(), reads: true },
        with_tls: false,
        statuses,
    };
    let body = |login: &str| {
        let head = "POST /v1/approvals HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/xml\r\n";
        format!("{head}{login}content-length: 100000\r\n\r\n<").into_bytes()
    };
    let unread = request("GET /openapi.json", "", b"").repeat(2_000);
    vec![
        hold("silent connections", "`header_timeout_ms`; places", b"", b"", &[]),
        hold("dribbling headers", "`header_timeout_ms`; places", b"GET / HTTP/1.1\r\nhost: a\r\nx: ", b"y", &[]),
        hold(
            "dribbling bodies, signed in",
            "1 KiB a second after `body_pause_timeout_ms`",
            &body(people.login()),
            b" ",
            &[503],
        ),
        hold("dribbling bodies, strangers", "a refused body is drained for 10 s", &body(""), b" ", &[401]),
        Attack {
            deed: Deed::Hold { opening: unread, drop: b"\r\n".to_vec(), reads: false },
            ..hold("answers never read", "4 KiB a second after `header_timeout_ms`", b"", b"", &[])
        },
        Attack {
            with_tls: true,
            // The beginning of a TLS record with the beginning of a ClientHello.
            ..hold("half-open TLS handshakes", "handshake within `header_timeout_ms`", HELLO, b"\0", &[])
        },
    ]
}

fn large(people: &People) -> Vec<Attack> {
    let flood = |name, held_by, opening: Vec<u8>, again: Vec<u8>, statuses| Attack {
        name,
        held_by,
        deed: Deed::Flood { opening, again },
        with_tls: false,
        statuses,
    };
    let post = |more: &str| {
        let head = "POST /v1/approvals HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/xml\r\n";
        format!("{head}{}{more}\r\n\r\n", people.login()).into_bytes()
    };
    let chunk = [b"10000\r\n", &vec![b' '; 0x1_0000][..], b"\r\n"].concat();
    let bomb = bomb();
    let packed = post(&format!("connection: close\r\ncontent-encoding: gzip\r\ncontent-length: {}", bomb.len()));
    let live = request("GET /health/live", "", b"");
    let get = |headers: &str| request("GET /health/live", headers, b"");
    vec![
        flood("pipelining flood", "one request at a time on a connection", live.clone(), live.repeat(200), &[200]),
        flood("chunked body without end", "`body_bytes_max`", post("transfer-encoding: chunked"), chunk, &[413, 503]),
        flood(
            "body of 1 GB",
            "`body_bytes_max`, by its length",
            post("content-length: 1073741824"),
            vec![b' '; 0x1_0000],
            &[413],
        ),
        flood("gzip 1:1000", "`body_bytes_max` while unpacking", [packed, bomb].concat(), Vec::new(), &[413, 503]),
        flood("10,000 headers", "100 headers", get(&"a: b\r\n".repeat(10_000)), Vec::new(), &[431]),
        flood(
            "header of 1 MB",
            "64 KiB of headers",
            get(&format!("a: {}\r\n", "b".repeat(1 << 20))),
            Vec::new(),
            &[431],
        ),
    ]
}

fn of_http2() -> Vec<Attack> {
    let flood = |name, held_by, opening: Vec<u8>, again: Vec<u8>| Attack {
        name,
        held_by,
        deed: Deed::Flood { opening: [http2::greeting(65_535), opening].concat(), again },
        with_tls: false,
        statuses: &[],
    };
    let reset =
        |stream: u32| [http2::get(stream, "/health/live"), http2::frame(3, 0, stream, &8_u32.to_be_bytes())].concat();
    let resets: Vec<u8> = (0..5_000).flat_map(|index| reset(2 * index + 1)).collect();
    let junk = http2::frame(9, 0, 1, &b"\0\x01a\x01b".repeat(3_000));
    let asked: Vec<u8> = (0..100).flat_map(|index| http2::get(2 * index + 1, "/health/live")).collect();
    vec![
        flood("HTTP/2 rapid reset", "`http2.pending_resets`", resets, http2::frame(6, 0, 0, b"continue")),
        flood("HTTP/2 CONTINUATION flood", "`http2.header_bytes_max`", http2::frame(1, 0, 1, &http2::block("/")), junk),
        flood(
            "HTTP/2 ping flood",
            "read slowly after 1 MiB without a request",
            Vec::new(),
            http2::frame(6, 0, 0, b"are you?").repeat(500),
        ),
        flood(
            "HTTP/2 settings flood",
            "read slowly after 1 MiB without a request",
            Vec::new(),
            http2::frame(4, 0, 0, b"").repeat(500),
        ),
        Attack {
            name: "HTTP/2 answers never taken",
            held_by: "4 KiB a second after `header_timeout_ms`",
            deed: Deed::Hold {
                opening: [http2::greeting(0), asked].concat(),
                drop: http2::frame(6, 0, 0, b"patience"),
                reads: true,
            },
            with_tls: false,
            statuses: &[],
        },
    ]
}

/// 512 MiB of spaces, packed.
fn bomb() -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    let spaces = vec![b' '; 1 << 20];
    for _ in 0..512 {
        // Writing to memory cannot fail.
        let _ = packed.write_all(&spaces);
    }
    packed.finish().unwrap_or_default()
}

const HELLO: &[u8] = &[0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03];
