//! Reading a request's body: how much, how fast, and how much of all requests together.

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Fault, Refusal};
use ebirlik_domain::finding::Finding;
use flate2::bufread::{GzDecoder, MultiGzDecoder};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

use super::answer::{Form, No};
use super::flow::LARGE_BODIES;
use super::{Edge, accepts, media};
use crate::config;

/// Bytes that bodies of all requests may still take. A share goes back when it is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Budget(Arc<AtomicUsize>, usize);

/// What one request has taken of the budget.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Budget,
    taken: usize,
}

/// A body that is read, together with its share of the budget.
#[derive(Debug)]
pub(crate) struct Gathered {
    /// As sent.
    pub(crate) bytes: Bytes,
    /// Held until the answer is made.
    pub(crate) share: Share,
}

impl Budget {
    /// With so many bytes, and others that are kept for bodies that are not large: a few large ones never leave
    /// everybody else waiting.
    pub(crate) fn new(bytes: usize, kept: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes.saturating_add(kept))), kept)
    }

    /// An empty share.
    pub(crate) fn share(&self) -> Share {
        Share { budget: self.clone(), taken: 0 }
    }
}

impl Share {
    /// Takes more.
    ///
    /// # Errors
    /// When all of it is taken by others: we are busy.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Fault> {
        let kept = if self.taken.saturating_add(bytes) > NOT_LARGE { self.budget.1 } else { 0 };
        let take = |left: usize| left.checked_sub(bytes).filter(|left| *left >= kept);
        self.budget.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).map_err(|_| Fault::Busy)?;
        self.taken += bytes;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.0.fetch_add(self.taken, Ordering::Relaxed);
    }
}

/// As JSON writes U+0000.
const NUL_ESCAPED: &[u8] = b"\\u0000";

/// What a request asks for in a body of JSON, and the form in which it takes its answer.
///
/// # Errors
/// Another content type (415), no form that we have (406), a body that is too large or no such JSON.
pub(crate) async fn asked_in_json<T: DeserializeOwned>(
    edge: &Edge,
    request: Request,
    bytes_max: usize,
) -> Result<(Parts, Form, T), No> {
    let (parts, body) = request.into_parts();
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let (media, _) = media::content_type(content_type.unwrap_or_default());
    let early = match accepts(&parts.headers) {
        Err(no) => Err(no),
        Ok(_) if media != "application/json" => {
            Err(Refusal::of(None, Finding::new(Rule::MediaType).value(media)).into())
        }
        Ok(_) if parts.headers.contains_key(header::CONTENT_ENCODING) => Err(No::rule(Rule::ContentEncoding)),
        Ok(form) => Ok(form),
    };
    let form = match early {
        Ok(form) => form,
        Err(no) => {
            drain(&parts.headers, body).await;
            return Err(no);
        }
    };
    let gathered = gather(&parts.headers, body, bytes_max, &edge.config.limits, &edge.bodies).await?;
    let malformed = |why: String| Refusal::of(None, Finding::new(Rule::JsonMalformed).detail(why));
    // No store keeps U+0000 in a text.
    if gathered.bytes.windows(NUL_ESCAPED.len()).any(|bytes| bytes == NUL_ESCAPED) {
        return Err(malformed("\\u0000".to_owned()).into());
    }
    let asked = serde_json::from_slice(&gathered.bytes).map_err(|error| malformed(error.to_string()))?;
    Ok((parts, form, asked))
}

/// Reads a body of at most `bytes_max`, in time.
///
/// # Errors
/// Too large is a refusal (413); too slow, broken off, or no room is a fault.
pub(crate) async fn gather(
    headers: &HeaderMap,
    mut body: Body,
    bytes_max: usize,
    limits: &config::Limits,
    budget: &Budget,
) -> Result<Gathered, No> {
    let mut share = budget.share();
    let announced = announced(headers);
    if announced.is_some_and(|length| length > bytes_max) {
        drain(headers, body).await;
        return Err(over(bytes_max).into());
    }
    let start = Instant::now();
    let end = start + Duration::from_millis(limits.body_timeout_ms);
    let pause = Duration::from_millis(limits.body_pause_timeout_ms);
    let mut first = Bytes::new();
    let mut rest: Vec<u8> = Vec::new();
    loop {
        // Byte by byte is as good as nothing.
        let brought = first.len().max(rest.len()) / BYTES_PER_SECOND_MIN;
        let slow = start + pause + Duration::from_secs(u64::try_from(brought).unwrap_or(u64::MAX));
        let deadline = end.min(Instant::now() + pause).min(slow);
        let frame = match timeout_at(deadline, body.frame()).await {
            Ok(Some(Ok(frame))) => frame,
            Ok(None) => break,
            // Nobody is there any more to read an answer, or nobody who could send in time.
            Ok(Some(Err(_))) | Err(_) => return Err(Fault::Unavailable.into()),
        };
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let length = first.len().max(rest.len()) + data.len();
        if length > bytes_max {
            drop((first, rest));
            drain(headers, body).await;
            return Err(over(bytes_max).into());
        }
        share.grow(data.len())?;
        if length > NOT_LARGE {
            LARGE_BODIES.pass(data.len()).await;
        }
        if first.is_empty() && rest.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                make_room(&mut rest, length, announced.unwrap_or(bytes_max));
                rest.extend_from_slice(&first);
                first = Bytes::new();
            }
            make_room(&mut rest, length, announced.unwrap_or(bytes_max));
            rest.extend_from_slice(&data);
        }
    }
    let bytes = if rest.is_empty() { first } else { rest.into() };
    Ok(Gathered { bytes, share })
}

/// Unpacks gzip, in one or several members, to at most `bytes_max`. Takes its share as it grows.
///
/// # Errors
/// Too large (413), damaged (400), or no room.
pub(crate) fn unpack(mut packed: &[u8], bytes_max: usize, share: &mut Share) -> Result<Vec<u8>, No> {
    let damaged = || Refusal::of(None, Finding::new(Rule::GzipDamaged));
    if packed.is_empty() {
        return Err(damaged().into());
    }
    let mut unpacked = Vec::new();
    let mut piece = [0; 16 * 1024];
    for _ in 0..=MEMBERS_MAX {
        if packed.is_empty() {
            return Ok(unpacked);
        }
        let mut member = GzDecoder::new(&mut packed);
        loop {
            let length = member.read(&mut piece).map_err(|_| damaged())?;
            let Some(read) = piece.get(..length).filter(|read| !read.is_empty()) else { break };
            if unpacked.len() + length > bytes_max {
                return Err(over(bytes_max).into());
            }
            share.grow(length)?;
            let needed = unpacked.len() + length;
            make_room(&mut unpacked, needed, bytes_max);
            unpacked.extend_from_slice(read);
        }
    }
    Err(damaged().into())
}

/// The beginning of what is packed; of a damaged one, what can be unpacked.
pub(crate) fn beginning(packed: &[u8], bytes_max: usize) -> Vec<u8> {
    let mut unpacked = Vec::new();
    let mut reader = MultiGzDecoder::new(packed).take(u64::try_from(bytes_max).unwrap_or(u64::MAX));
    // That it is damaged is told by who unpacks the whole.
    let _ = reader.read_to_end(&mut unpacked);
    unpacked
}

/// Reads and throws away what a refused client is still sending, within bounds: a client that is cut off
/// while it sends often never sees the answer.
pub(crate) async fn drain(headers: &HeaderMap, mut body: Body) {
    if headers.contains_key(header::EXPECT) {
        return; // It waits for our word before it sends.
    }
    if announced(headers).is_some_and(|bytes| bytes > DRAIN_BYTES_MAX) {
        return; // It would never come to the end.
    }
    let end = Instant::now() + DRAIN_TIMEOUT;
    let mut drained = 0;
    while let Ok(Some(Ok(frame))) = timeout_at(end, body.frame()).await {
        let length = frame.data_ref().map_or(0, Bytes::len);
        drained += length;
        if drained > DRAIN_BYTES_MAX {
            return;
        }
        if drained > NOT_LARGE {
            LARGE_BODIES.pass(length).await;
        }
    }
}

/// Room for so many bytes, and for all that is to come as soon as it is believed: thousands may announce much and send a
/// byte. What is not written yet takes no memory, so that a large body is never held twice.
fn make_room(bytes: &mut Vec<u8>, needed: usize, most: usize) {
    if bytes.capacity() < needed {
        let room = if needed < BELIEVED { needed.saturating_mul(2) } else { most };
        bytes.reserve_exact(room.min(most).max(needed) - bytes.len());
    }
}

/// `Content-Length`, where it is given.
fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn over(bytes_max: usize) -> Refusal {
    too_large(Finding::new(Rule::BodyTooLarge).detail(bytes_max.to_string()))
}

/// The refusal of a body that is too large as sent, unpacked or decoded.
pub(crate) fn too_large(finding: Finding) -> Refusal {
    Refusal { status: StatusCode::PAYLOAD_TOO_LARGE.as_u16(), ..Refusal::of(None, finding) }
}

/// Members of one packed body. Packers that work in pieces make one for each 64 KiB, 512 for the largest message;
/// a body of empty ones alone would keep us for seconds.
const MEMBERS_MAX: usize = 1_024;
/// Whoever has sent so much is believed what was announced.
const BELIEVED: usize = 1 << 20;
/// Bytes kept beside the budget for bodies that are not large: some hundred messages at once.
pub(crate) const KEPT: usize = 16 << 20;
/// Bodies up to this size may take what is kept; nearly every message is shorter.
pub(crate) const NOT_LARGE: usize = 256 << 10;
/// What a body must bring on average, after its first pause.
const BYTES_PER_SECOND_MIN: usize = 1 << 10;
/// What is read of a refused body: twice the largest that we take.
const DRAIN_BYTES_MAX: usize = 64 << 20;
/// And for how long.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use hyper::body::Frame;
    use std::io::Write;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn refusal(no: No) -> (u16, Rule) {
        match no {
            No::Refused(refusal) => (refusal.status, refusal.findings[0].rule),
            other => panic!("{other:?}"),
        }
    }

    async fn gathered(pieces: &[&'static str], bytes_max: usize, budget: &Budget) -> Result<Gathered, No> {
        let pieces = pieces.iter().rev().map(|piece| Bytes::from_static(piece.as_bytes())).collect();
        let body = Body::new(Pieces(pieces));
        gather(&HeaderMap::new(), body, bytes_max, &config::Limits::default(), budget).await
    }

    struct Pieces(Vec<Bytes>);

    impl hyper::body::Body for Pieces {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            Poll::Ready(self.0.pop().map(|piece| Ok(Frame::data(piece))))
        }
    }

    #[tokio::test]
    async fn a_body_is_whole_and_its_share_goes_back() {
        let budget = Budget::new(10, 0);
        let body = gathered(&["abc", "", "def", "g"], 7, &budget).await.unwrap();
        assert_eq!(body.bytes, "abcdefg");
        assert_eq!(budget.0.load(Ordering::Relaxed), 3);
        drop(body);
        assert_eq!(budget.0.load(Ordering::Relaxed), 10);
    }

    #[tokio::test]
    async fn one_byte_too_many_is_413() {
        let no = gathered(&["abc", "def", "gh"], 7, &Budget::new(100, 0)).await.unwrap_err();
        assert_eq!(refusal(no), (413, Rule::BodyTooLarge));
    }

    /// Brings one byte every few milliseconds for ever.
    struct Dribble(Pin<Box<tokio::time::Sleep>>);

    impl hyper::body::Body for Dribble {
        type Data = Bytes;
        type Error = std::convert::Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
            std::task::ready!(self.0.as_mut().poll(context));
            self.0.as_mut().reset(Instant::now() + Duration::from_millis(5));
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"x")))))
        }
    }

    #[tokio::test]
    async fn a_body_that_dribbles_is_cut_after_its_first_pause() {
        let start = Instant::now();
        let body = Body::new(Dribble(Box::pin(tokio::time::sleep(Duration::ZERO))));
        let limits = config::Limits { body_pause_timeout_ms: 60, ..config::Limits::default() };
        let no = gather(&HeaderMap::new(), body, 1 << 20, &limits, &Budget::new(1 << 20, 0)).await.unwrap_err();
        assert!(matches!(no, No::Fault(Fault::Unavailable)));
        assert!(start.elapsed().as_millis() >= 60);
    }

    #[tokio::test]
    async fn no_room_for_another_body_is_a_fault() {
        let budget = Budget::new(5, 0);
        let no = gathered(&["abc", "def"], 7, &budget).await.unwrap_err();
        assert!(matches!(no, No::Fault(Fault::Busy)));
        assert_eq!(budget.0.load(Ordering::Relaxed), 5);
    }

    #[test]
    fn gzip_is_unpacked_within_its_bounds() {
        let check = |packed: &[u8], bytes_max: usize| {
            unpack(packed, bytes_max, &mut Budget::new(1 << 20, 0).share()).map_err(refusal)
        };
        let whole = packed(b"<a/>");
        assert_eq!(check(&whole, 4).unwrap(), b"<a/>");
        assert_eq!(check(&[whole.clone(), whole.clone()].concat(), 8).unwrap(), b"<a/><a/>");
        assert_eq!(check(&whole, 3).unwrap_err(), (413, Rule::BodyTooLarge));
        assert_eq!(check(&packed(&vec![b' '; 100_000]), 99_999).unwrap_err(), (413, Rule::BodyTooLarge));
        assert_eq!(check(&whole.repeat(MEMBERS_MAX), 1 << 20).unwrap().len(), 4 * MEMBERS_MAX);
        assert_eq!(check(&whole.repeat(MEMBERS_MAX + 1), 1 << 20).unwrap_err(), (400, Rule::GzipDamaged));
        for damaged in [&whole[..whole.len() - 1], b"<a/>", b"", &[&whole[..], b"tail"].concat()] {
            assert_eq!(check(damaged, 100).unwrap_err(), (400, Rule::GzipDamaged), "{damaged:?}");
        }
    }

    #[test]
    fn large_bodies_leave_room_for_others() {
        let budget = Budget::new(1 << 20, 1 << 10);
        let (mut large, mut small) = (budget.share(), budget.share());
        assert!(large.grow(1 << 20).is_ok() && large.grow(1).is_err());
        assert!(small.grow(1 << 10).is_ok() && small.grow(1).is_err());
    }

    #[test]
    fn unpacking_stops_where_the_room_ends() {
        let budget = Budget::new(20_000, 0);
        let no = unpack(&packed(&vec![b' '; 100_000]), 1 << 20, &mut budget.share()).unwrap_err();
        assert!(matches!(no, No::Fault(Fault::Busy)));
    }
}
