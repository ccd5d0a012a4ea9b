//! Papers of a declaration, sent electronically (e-belge): its declarant attaches them; its exporter, its secretariat and
//! customs read them.

use crate::client::{Client, Role};
use crate::office::Office;
use crate::status::{Answer, find};
use crate::uploads;
use crate::verify::{Asked, verify_for};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_store::DeclarationKey;
use ebirlik_store::attachments::{Attached, Attaching};
use ebirlik_store::declarations::Recorded;
use ebirlik_store::uploads::Upload;

/// What a paper may be: invoice, packing list, certificate of origin, A.TR, EUR.1, other.
pub const KINDS: [&str; 6] = ["fatura", "ceki_listesi", "mense", "atr", "eur1", "diger"];
/// Papers of one declaration.
pub const PAPERS_MAX: i64 = 20;

/// A paper on its way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// One of [`KINDS`].
    pub kind: String,
    /// What its sender calls it; may be empty.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Which declaration's papers are read. Firms and staff name it by reference and declarant; customs by the approval's
/// code with reference and exporter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The declarant's reference.
    pub reference: String,
    /// Its tax number.
    pub declarant: Option<String>,
    /// The approval's code, as typed.
    pub code: Option<String>,
    /// The exporter's tax number.
    pub exporter: Option<String>,
}

/// Attaches a paper to a declaration of the client's own firm; the same file of the same kind is the same paper.
///
/// # Errors
/// When we cannot tell now.
pub async fn attach(
    office: &Office,
    client: &Client,
    (reference, declarant): (&str, Option<&str>),
    paper: Paper,
) -> Result<Answer<Attached>, Fault> {
    let refused = |finding| Ok(Answer::Refused(Refusal::of(Some(reference.to_owned()), finding)));
    let recorded = match find(office, client, reference, declarant).await? {
        Answer::Given(recorded) if recorded.declarant == client.firm => recorded,
        Answer::Given(_) => return refused(Finding::new(Rule::NotFound).value(reference)),
        Answer::Refused(refusal) => return Ok(Answer::Refused(refusal)),
    };
    if !KINDS.contains(&paper.kind.as_str()) {
        return refused(Finding::new(Rule::PaperKind).value(paper.kind).detail(KINDS.join(", ")));
    }
    let kind = match uploads::check(&paper.bytes, &paper.name) {
        Ok(kind) => kind,
        Err(finding) => return refused(finding),
    };
    let upload = Upload::of(paper.bytes, kind.media_type(), &paper.name, (client.code.as_str(), office.clock.now()));
    match office.store.attach(recorded.id, (&paper.kind, &upload), PAPERS_MAX, &office.ids).await? {
        Attaching::TooMany => refused(Finding::new(Rule::TooManyPapers).detail(PAPERS_MAX.to_string())),
        Attaching::Done(id) => {
            let attached =
                office.store.list_attached(recorded.id).await?.into_iter().find(|attached| attached.id == id);
            Ok(Answer::Given(attached.ok_or(Fault::Unavailable)?))
        }
    }
}

/// The papers of a declaration that the client may see.
///
/// # Errors
/// When we cannot tell now.
pub async fn list(office: &Office, client: &Client, named: &Named) -> Result<Answer<Vec<Attached>>, Fault> {
    match readable(office, client, named).await? {
        Answer::Given(recorded) => Ok(Answer::Given(office.store.list_attached(recorded.id).await?)),
        Answer::Refused(refusal) => Ok(Answer::Refused(refusal)),
    }
}

/// One paper of a declaration that the client may see.
///
/// # Errors
/// When we cannot tell now.
pub async fn read(office: &Office, client: &Client, named: &Named, id: i64) -> Result<Answer<Upload>, Fault> {
    match readable(office, client, named).await? {
        Answer::Given(recorded) => {
            let found = office.store.find_attached(recorded.id, id).await?;
            Ok(found.map_or_else(|| not_found(&id.to_string()), Answer::Given))
        }
        Answer::Refused(refusal) => Ok(Answer::Refused(refusal)),
    }
}

/// The declaration whose papers the client may read.
async fn readable(office: &Office, client: &Client, named: &Named) -> Result<Answer<Recorded>, Fault> {
    let reference = named.reference.as_str();
    if client.roles.has(Role::Customs) && named.code.is_some() {
        let recorded = presented(office, client, named).await?;
        return Ok(recorded.map_or_else(|| not_found(reference), Answer::Given));
    }
    if client.roles.has(Role::Staff) {
        let key = DeclarationKey::of(named.declarant.as_deref().unwrap_or_default(), reference);
        let recorded = office.store.find_declaration(key).await?;
        let recorded = recorded.filter(|recorded| recorded.secretariat == client.secretariat);
        return Ok(recorded.map_or_else(|| not_found(reference), Answer::Given));
    }
    find(office, client, reference, named.declarant.as_deref()).await
}

/// The declaration of a code that customs holds in its hand: with reference and exporter both right, else none. Whoever
/// guesses codes waits as in a verification.
async fn presented(office: &Office, client: &Client, named: &Named) -> Result<Option<Recorded>, Fault> {
    let asked = Asked {
        code: named.code.clone().unwrap_or_default(),
        reference: Some(named.reference.clone()),
        exporter: Some(named.exporter.clone().unwrap_or_default()),
    };
    let verified = verify_for(office, client, &[asked]).await?.into_iter().find(|verified| verified.bound);
    match verified {
        Some(verified) => Ok(office.store.find_declaration_of_code(&verified.code).await?),
        None => Ok(None),
    }
}

fn not_found<T>(named: &str) -> Answer<T> {
    Answer::Refused(Refusal::of(Some(named.to_owned()), Finding::new(Rule::NotFound).value(named)))
}
