//! Hostile messages through the real program: bombs, entities, floods of markup, tricks with encodings and packing.
//! Each is answered soon and in little memory; nothing outside is touched, and nothing of this machine is told.

use crate::installation::{Installation, Server};
use ebirlik_message::Wire;
use ebirlik_store::testing::TestDatabase;
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::time::{Duration, Instant};

/// One hostile message.
struct Case {
    name: &'static str,
    body: Vec<u8>,
    is_packed: bool,
    /// The status and the code that must come.
    expected: (u16, &'static str),
}

/// Packed, one after the other in one body.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).expect("packed");
    packed.finish().expect("packed")
}

/// A message with this among the header's elements.
fn wrapped(inside: &str) -> String {
    format!(
        "<BirlikOnayTalebi xmlns=\"urn:ebirlik:onay:1\"><GenelSekreterlik>IMMIB</GenelSekreterlik>\
         <Gelen xmlns=\"http://tempuri.org/\"><BeyannameBilgi>{inside}</BeyannameBilgi></Gelen></BirlikOnayTalebi>"
    )
}

/// As much of a piece as a body of the largest size holds.
fn full_of(piece: &str) -> Vec<u8> {
    wrapped(&piece.repeat((BODY - 1_000) / piece.len())).into_bytes()
}

/// As much of one letter that is two bytes in UTF-8 as a body of the largest size holds.
fn full_of_letters() -> Vec<u8> {
    vec![0xFE; BODY - 1_000]
}

fn utf16(text: &str) -> Vec<u8> {
    [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

/// What looks outside: each names a file of this machine and a port that listens.
fn curious(file: &str, port: u16) -> Vec<Case> {
    let case =
        |name, body: String, code| Case { name, body: body.into_bytes(), is_packed: false, expected: (400, code) };
    let url = format!("http://127.0.0.1:{port}/");
    let inside = wrapped("<Rejim>&x;</Rejim>");
    let level = |level: usize| format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10));
    let levels = (1..12).map(level).collect::<Vec<String>>().concat();
    vec![
        case("billion laughs", format!("<!DOCTYPE a [<!ENTITY l0 \"ha\">{levels}]>{}", wrapped("<Rejim>&l11;</Rejim>")), "E1002"),
        case("quadratic blow-up", format!("<!DOCTYPE a [<!ENTITY x \"{}\">]>{}", "x".repeat(100_000), wrapped(&"&x;".repeat(10_000))), "E1002"),
        case("external entity, file", format!("<!DOCTYPE a [<!ENTITY x SYSTEM \"file://{file}\">]>{inside}"), "E1002"),
        case("external entity, http", format!("<!DOCTYPE a [<!ENTITY x SYSTEM \"{url}\">]>{inside}"), "E1002"),
        case("parameter entity", format!("<!DOCTYPE a [<!ENTITY % x SYSTEM \"{url}\"> %x;]>{inside}"), "E1002"),
        case("external subset", format!("<!DOCTYPE a SYSTEM \"{url}\">{inside}"), "E1002"),
        case("public identifier", format!("<!DOCTYPE a PUBLIC \"-//W3C//DTD\" \"{url}\">{inside}"), "E1002"),
        case("doctype in UTF-7", format!("<?xml version='1.0' encoding='UTF-7'?>+ADw-!DOCTYPE a SYSTEM \"{url}\"+AD4-{inside}"), "E1004"),
        case("XInclude of a file", wrapped(&format!("<i:include xmlns:i=\"http://www.w3.org/2001/XInclude\" parse=\"text\" href=\"file://{file}\"/>")), "E1002"),
        case("XInclude over http", wrapped(&format!("<i:include xmlns:i=\"http://www.w3.org/2001/XInclude\" href=\"{url}\"/>")), "E1002"),
        case("xml-stylesheet", format!("<?xml-stylesheet type=\"text/xsl\" href=\"{url}\"?>{inside}"), "E1002"),
        Case {
            name: "doctype in UTF-16",
            body: utf16(&format!("<!DOCTYPE a SYSTEM \"{url}\">{inside}")),
            is_packed: false,
            expected: (400, "E1002"),
        },
        Case {
            name: "schemaLocation",
            body: wrapped(&format!("<x xmlns:s=\"http://www.w3.org/2001/XMLSchema-instance\" s:schemaLocation=\"urn:a {url}\" s:noNamespaceSchemaLocation=\"file://{file}\"/>")).into_bytes(),
            is_packed: false,
            expected: (422, "E2001"),
        },
    ]
}

/// Much of one thing.
fn floods() -> Vec<Case> {
    let numbered = |count: usize, name: &str| {
        (0..count).map(|index| format!(" {name}{index}=\"u\"")).collect::<Vec<String>>().concat()
    };
    let case = |name, body: Vec<u8>, status, code| Case { name, body, is_packed: false, expected: (status, code) };
    let limit = |name, body: String| case(name, body.into_bytes(), 400, "E1003");
    vec![
        limit("a million levels", "<a>".repeat(1_000_000)),
        limit("a hundred thousand attributes", wrapped(&format!("<x{}/>", numbered(100_000, "a")))),
        limit("a hundred thousand namespaces", wrapped(&format!("<x{}/>", numbered(100_000, "xmlns:a")))),
        limit("a value as long as the body", wrapped(&format!("<x a=\"{}\"/>", "v".repeat(BODY - 1_000)))),
        limit("a text as long as the body", wrapped(&format!("<Rejim>{}</Rejim>", "1".repeat(BODY - 1_000)))),
        case(
            "a name as long as the body",
            wrapped(&format!("<{}/>", "n".repeat(BODY - 1_000))).into_bytes(),
            422,
            "E2001",
        ),
        case("unknown elements", full_of("<x>1</x>"), 400, "E1003"),
        case(
            "rows of tax",
            wrapped(&format!("<Vergiler>{}</Vergiler>", "<Vergi/>".repeat(BODY / 9))).into_bytes(),
            400,
            "E1003",
        ),
        case("elements twice", full_of("<Rejim>1000</Rejim>"), 400, "E1003"),
        case("attributes everywhere", full_of(&format!("<x{}/>", numbered(60, "a"))), 400, "E1003"),
        case("namespaces everywhere", full_of(&format!("<x{}/>", numbered(60, "xmlns:a"))), 400, "E1003"),
        case("comments", full_of("<!-- -->"), 400, "E1003"),
        case("empty CDATA", full_of("<![CDATA[]]>"), 400, "E1003"),
        case("white space", full_of("\r"), 422, "E2001"),
        case("openings", "<".repeat(BODY).into_bytes(), 400, "E1001"),
        case("comments never closed", full_of("<!--"), 400, "E1001"),
        case("references", full_of("&#65;"), 400, "E1003"),
        case("references in many texts", full_of(&format!("<x>{}</x>", "&#65;".repeat(10_000))), 400, "E1003"),
        case("UTF-16 without a mark", wrapped("").encode_utf16().flat_map(u16::to_be_bytes).collect(), 400, "E1004"),
        case("half a surrogate", [utf16(&wrapped("")), vec![0, 0xD8]].concat(), 400, "E1004"),
        case("too long", vec![b' '; BODY + 1], 413, "E1003"),
        case("UTF-16 that becomes longer", utf16(&wrapped(&"<x>\u{20AC}</x>".repeat(BODY / 24))), 400, "E1003"),
        case("UTF-16 that becomes too long", utf16(&wrapped(&"\u{20AC}".repeat(BODY / 2 - 500))), 413, "E1003"),
        case("windows-1254 that becomes too long", [LATIN_5.as_bytes(), &full_of_letters()].concat(), 413, "E1003"),
    ]
}

/// Packed tricks.
fn bombs() -> Vec<Case> {
    let case = |name, body: Vec<u8>, status, code| Case { name, body, is_packed: true, expected: (status, code) };
    vec![
        case("gzip 1:1000", gzip(&vec![b' '; 8 * BODY]), 413, "E1003"),
        case("gzip in gzip", gzip(&gzip(&vec![b' '; BODY])), 400, "E1004"),
        case("empty members", gzip(b"").repeat(BODY / 64), 400, "E1001"),
        case("packed elements", gzip(&full_of("<x/>")), 400, "E1003"),
    ]
}

/// Interchanges of much of one thing; what must come is a piece of the CONTRL.
fn interchanges() -> Vec<Case> {
    let case = |name, repeated: &str, end: &str, said| {
        let start = "UNB+UNOC:3+B+EBIRLIK+261121:1400+1'UNH+1+CUSDEC:D:96B:UN'BGM+830+1+9'CST++1000:117:ZZZ'";
        let body = format!("{start}{}{end}", repeated.repeat((BODY - 1_000) / repeated.len()));
        Case { name, body: body.into_bytes(), is_packed: false, expected: (400, said) }
    };
    vec![
        case("element separators", "+", "'", "UCS+4+12'"),
        case("elements without end", "A+", "'", "UCS+4+12'"),
        case("component separators", ":", "'", "UCS+4+12'"),
        case("elements of one segment", "+A", "'", "UCS+4+12'"),
        case("released characters", "??", "'", "UCS+4+12'"),
        case("segments that nobody knows", "AAA+A'", "", "+18'"),
        case("empty segments", "AAA'", "", "+18'"),
        case("segments with a flaw each", "LOC++A'", "", "+18'"),
        case("a text as long as the body", "A", "'", "UCS+4+12'"),
        case("texts as long as they may be", &format!("FTX+ACB+++{}'", "A".repeat(60_000)), "", "UCI+1+"),
        case("messages", "UNH+1+CUSDEC:D:96B:UN'UNT+2+1'", "", "UCI+1+"),
        case("groups", "UNG'UNE'", "", "UCI+1+"),
        case("line breaks", "\r\n", "", "UCI+1+"),
    ]
}

/// An interchange whose text is longer than its bytes.
fn wide_interchange() -> Case {
    let body = [b"UNB+UNOC:3+B+EBIRLIK+261121:1400+1'", full_of_letters().as_slice()].concat();
    Case { name: "an interchange that becomes too long", body, is_packed: false, expected: (413, "E1003") }
}

fn memory_mib(server: &Server, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a line");
    line.trim_matches([':', '\t', ' ', 'k', 'B']).parse::<u64>().expect("a number") / 1_024
}

/// G-21, G-88, G-91: whatever is sent, the answer is whole, soon and in the contract's form; memory stays bounded.
#[tokio::test(flavor = "multi_thread")]
async fn hostile_messages_are_answered_soon_in_little_memory_and_reach_nothing() {
    let installation = Installation::new(TestDatabase::sqlite());
    let limits = [("BODY_BYTES_MAX", BODY), ("ELEMENTS", ELEMENTS)];
    let limits = limits.map(|(name, limit)| (format!("EBIRLIK_LIMITS__{name}"), limit.to_string()));
    let settings = limits.each_ref().map(|(name, limit)| (name.as_str(), limit.as_str()));
    let server = installation.serve_as("http", &installation.http, &settings).await;
    let pair = installation.pair();
    let secret = installation.folder.path().join("canary.txt");
    fs::write(&secret, CANARY).expect("written");
    let outside = TcpListener::bind("127.0.0.1:0").expect("a port");
    outside.set_nonblocking(true).expect("no waiting");
    let port = outside.local_addr().expect("an address").port();
    let cases = curious(secret.to_str().expect("a path"), port)
        .into_iter()
        .chain(floods())
        .chain(bombs())
        .chain(interchanges())
        .chain([wide_interchange()]);
    for Case { name, body, is_packed, expected } in cases {
        let wire = Wire::of(&body);
        // From here on the peak is this message's.
        fs::write(format!("/proc/{}/clear_refs", server.id()), "5").expect("this process is ours");
        let before = memory_mib(&server, "VmRSS");
        let request = installation.http.post(format!("{}/v1/approvals", server.url));
        let request = request.basic_auth(&pair.user, Some(&pair.password)).header("content-type", wire.content_type());
        let request = if is_packed { request.header("content-encoding", "gzip") } else { request };
        let start = Instant::now();
        let answer = request.body(body).send().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a text");
        let (taken, more) = (start.elapsed(), memory_mib(&server, "VmHWM").saturating_sub(before));
        // What is too large is refused before it is known what it is.
        let (code, parts): (_, &[&str]) = match if expected.0 == 413 { Wire::Xml } else { wire } {
            Wire::Xml => (
                format!("kod=\"{}\"", expected.1),
                &["<Durum>REDDEDILDI</Durum>", "dil=\"tr\"", "dil=\"en\"", "<Oneri>"],
            ),
            Wire::Edifact => (expected.1.to_owned(), &["'UCI+", "'UNT+", "'UNZ+1+"]),
        };
        assert_eq!((status, text.contains(&code)), (expected.0, true), "{name}: {text}");
        for part in parts {
            assert!(text.contains(part), "{name}: {part} in {text}");
        }
        assert!(!text.contains(CANARY), "{name} is told of this machine: {text}");
        assert!(taken < ANSWER_MAX, "{name} took {taken:?}");
        assert!(more <= MEMORY_MAX_MIB, "{name} took {more} MiB");
    }
    let seen = outside.accept().map(|(_, from)| from);
    assert_eq!(seen.map_err(|error| error.kind()), Err(std::io::ErrorKind::WouldBlock), "somebody came");
    let answered = installation.post(&server.url, &pair, crate::installation::message(&pair, "AFTER-1", "10.00")).await;
    assert_eq!(answered.expect("an answer").0, 200);
}

/// The largest body that is taken: as shipped, and an eighth where nothing is optimised.
const BODY: usize = if cfg!(debug_assertions) { 4 << 20 } else { 32 << 20 };
const ELEMENTS: usize = if cfg!(debug_assertions) { 125_000 } else { 1_000_000 };
/// Of one message, its body in it.
const MEMORY_MAX_MIB: u64 = 64;
const LATIN_5: &str = "<?xml version='1.0' encoding='windows-1254'?><a>";
const CANARY: &str = "kanarya-5ec2e7-7f3a";
/// A second as shipped; without optimisation, on a machine that does other things, more.
const ANSWER_MAX: Duration = Duration::from_secs(if cfg!(debug_assertions) { 20 } else { 1 });
