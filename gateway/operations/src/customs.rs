//! Customs registers a declaration with its code, and lets its goods leave.
//!
//! Both orders of things end here: union first, where the number comes with the registration (G-10), and customs first,
//! where the declaration had it already when it was approved (G-7).

use crate::client::Client;
use crate::office::Office;
use crate::reconcile::Month;
use crate::status::Answer;
use crypto_code::CryptoCode;
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::decision::{Fault, Refusal};
use ebirlik_domain::finding::Finding;
use ebirlik_domain::registration::RegistrationNumber;
use ebirlik_domain::state::State;
use ebirlik_domain::time::day_of;
use ebirlik_store::registrations::{Bound, Presented};
use ebirlik_store::{DeclarationKey, StoreError, Wall};
use jiff::Timestamp;
use jiff::civil::Date;

/// A registration with a code, as customs asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presentation {
    /// The code, as typed.
    pub code: String,
    /// The number that customs gave.
    pub registration_no: String,
    /// The declaration's reference.
    pub reference: String,
    /// The exporter's tax number.
    pub exporter: String,
}

/// A registration as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The code, bare.
    pub code: String,
    /// The number that customs gave.
    pub registration_no: String,
    /// The declaration's reference.
    pub reference: String,
    /// When it was bound.
    pub registered_at: Timestamp,
    /// When the goods left, once they did.
    pub exited_at: Option<Timestamp>,
}

/// Binds a code and customs' number, once; the same again gives the same answer. Where the code is of another
/// declaration, both sides are told.
///
/// # Errors
/// When we cannot tell now.
pub async fn register(office: &Office, client: &Client, asked: &Presentation) -> Result<Answer<Registered>, Fault> {
    let mut findings = Vec::new();
    let code = CryptoCode::parse(&asked.code);
    if code.is_err() {
        findings.push(Finding::new(Rule::CodeMistyped).value(asked.code.clone()));
    }
    let number = registration_number(office, &asked.registration_no);
    if number.is_none() {
        findings.push(Finding::new(Rule::RegistrationNumberForm).value(asked.registration_no.clone()));
    }
    let (Ok(code), Some(number)) = (code, number) else {
        return Ok(Answer::Refused(Refusal::of_findings(Some(asked.reference.clone()), findings)));
    };
    let (reference, exporter) = (asked.reference.trim(), asked.exporter.trim());
    let (presenter, presenting_firm) = presenter_of(office, code.as_str(), reference, exporter).await?;
    let asked = Presented {
        code: code.as_str().to_owned(),
        registration_no: number.as_str().to_owned(),
        reference: reference.to_owned(),
        exporter: exporter.to_owned(),
        by: client.code.clone(),
        presenter,
        presenting_firm,
    };
    let bound = office.store.bind_registration(&asked, &office.ids, office.clock.as_ref()).await?;
    let finding = match bound {
        Bound::Done { at } => {
            let standing = office.store.find_registration(number.as_str()).await?;
            return Ok(Answer::Given(Registered {
                code: asked.code,
                registration_no: asked.registration_no,
                reference: asked.reference,
                registered_at: at,
                exited_at: standing.and_then(|standing| standing.exited_at),
            }));
        }
        Bound::NotIssued => {
            // Customs has registered without our approval: one of the monthly lists, told as it happens.
            let fields = serde_json::json!([
                { "field": "code", "customs": asked.code, "ours": null },
                { "field": "exporter", "customs": asked.exporter, "ours": null },
            ]);
            let (now, month) = (office.clock.now(), Month::of(office.clock.today()).text());
            let number = &asked.registration_no;
            office.store.note_without_approval(number, &month, &fields, (office.ids.as_ref(), now)).await?;
            Finding::new(Rule::NotFound).value(asked.code)
        }
        Bound::Superseded => Finding::new(Rule::CodeSuperseded),
        Bound::Ended { state, at } => {
            let rule = if state == State::Withdrawn { Rule::Withdrawn } else { Rule::Cancelled };
            let finding = Finding::new(rule);
            at.map_or(finding.clone(), |at| finding.detail(shown(day_of(at))))
        }
        Bound::Expired(last) => Finding::new(Rule::CodeExpired).detail(shown(last)),
        Bound::OtherDeclaration { used: true } => Finding::new(Rule::UsedByOtherDeclaration),
        Bound::OtherDeclaration { used: false } => Finding::new(Rule::CodeOfOtherDeclaration),
        Bound::UsedAs(number) => Finding::new(Rule::RegisteredAsOther).detail(number),
        Bound::NumberTaken => Finding::new(Rule::RegistrationNumberTaken).value(asked.registration_no),
    };
    Ok(Answer::Refused(Refusal::of(Some(asked.reference), finding)))
}

/// The goods of a registration have left; the first time counts.
///
/// # Errors
/// When we cannot tell now.
pub async fn exit(office: &Office, client: &Client, registration_no: &str) -> Result<Answer<Registered>, Fault> {
    let not_found = || Answer::Refused(Refusal::of(None, Finding::new(Rule::NotFound).value(registration_no)));
    if RegistrationNumber::parse(registration_no.trim()).is_none() {
        return Ok(not_found());
    }
    let noted = office.store.note_exit(registration_no.trim(), &client.code, &office.ids, office.clock.now()).await?;
    let declaration = match &noted {
        Some(noted) => office.store.find_declaration_by_id(noted.declaration).await?,
        None => None,
    };
    let (Some(noted), Some(declaration)) = (noted, declaration) else {
        return Ok(not_found());
    };
    Ok(Answer::Given(Registered {
        code: noted.code,
        registration_no: noted.registration_no,
        reference: declaration.reference,
        registered_at: noted.registered_at,
        exited_at: noted.exited_at,
    }))
}

/// A number of the right form whose office exists.
pub(crate) fn registration_number(office: &Office, text: &str) -> Option<RegistrationNumber> {
    let number = RegistrationNumber::parse(text.trim())?;
    office.rules().offices.contains_key(number.office()).then_some(number)
}

/// Who presents a code that is not theirs: their own declaration if we know it, else the exporter if it is registered.
async fn presenter_of(
    office: &Office,
    code: &str,
    reference: &str,
    exporter: &str,
) -> Result<(Option<i64>, Option<String>), StoreError> {
    let store = office.behind(Wall::Verification);
    let issued = store.nearest_code(code).await?.filter(|issued| issued.code == code);
    if issued.is_none_or(|issued| issued.reference == reference && issued.exporter == exporter) {
        return Ok((None, None));
    }
    let mut declarants = store.list_declarants_of(exporter).await?;
    declarants.push(exporter.to_owned());
    for declarant in declarants {
        let declared = store.find_declaration(DeclarationKey::of(&declarant, reference)).await?;
        if let Some(declared) = declared.filter(|declared| declared.exporter == exporter) {
            return Ok((Some(declared.id), None));
        }
    }
    Ok((None, store.find_firm(exporter).await?.map(|firm| firm.tax_no)))
}

fn shown(day: Date) -> String {
    day.strftime("%d.%m.%Y").to_string()
}
