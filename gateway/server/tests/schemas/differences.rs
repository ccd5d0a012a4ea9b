//! Where do the schemas and the program judge a message differently? Only as the table in `schemas/README.md` says.
//!
//! Seeded slips in good messages; the verdict of the schema beside that of `ebirlik check`.

use crate::mutants::{ATTRIBUTE, Draw, Node};
use crate::validators::{ONAY, flaws};
use crate::{BEYANNAME, FILE_SHAPE, WRAPPED, good_requests, shown};
use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::check::check;
use ebirlik_domain::finding::Finding;
use ebirlik_domain::rules::Rules;
use ebirlik_message::{Read, RequestFacts, read};
use ebirlik_operations::rules;
use jiff::civil::date;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A doubtful message and what is said of it.
struct Judged {
    slips: String,
    text: String,
    flaw: Option<String>,
    errors: Vec<Rule>,
    notices: Vec<Rule>,
}

/// G-88, R-5.4: what is valid is approved and what is not is refused, but for the published differences.
#[test]
fn the_schemas_and_the_program_differ_only_as_published() {
    let mut judged = judged(BEYANNAME, FILE_SHAPE, usize::MAX, 2_000);
    judged.extend(self::judged(ONAY, WRAPPED, 1, 400));
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for one in &judged {
        match one.differences() {
            Ok(rules) => rules.into_iter().for_each(|rule| *met.entry(rule).or_default() += 1),
            Err(why) => wrong.push(format!("{}: {why}\n  {:?}\n  {}", one.slips, one.flaw, one.text)),
        }
    }
    let agreed = judged.iter().filter(|one| one.flaw.is_none() == one.errors.is_empty()).count();
    println!("{agreed} of {} alike; differences: {met:?}", judged.len());
    assert!(wrong.is_empty(), "{} of {} differ otherwise:\n{}", wrong.len(), judged.len(), wrong.join("\n"));
}

/// G-88, R-5.4: each published difference is one.
#[test]
fn each_published_difference_has_an_example() {
    let tables = rules::builtin().expect("the tables");
    let (file, wrapped) = (fixture("plain-sample-file-shape"), fixture("plain-sample-wrapped"));
    for (rule, from, to) in EXAMPLES {
        let (schema, good) = if *rule == "X-message" { (ONAY, &wrapped) } else { (BEYANNAME, &file) };
        assert!(good.contains(from), "nothing to change: {from}");
        let text = good.replacen(from, to, 1);
        let (errors, notices) = verdict(&text, &tables);
        let flaw = flaws(schema, &[&text]).remove(0);
        let one = Judged { slips: String::new(), text, flaw, errors, notices };
        assert_eq!(one.differences(), Ok(vec![*rule]), "{to}: {:?} {:?}", one.flaw, one.errors);
    }
    let published = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/README.md"));
    let published = published.expect("the README");
    let cells = published.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    let ids: BTreeSet<&str> = cells.filter(|id| id.starts_with("X-")).collect();
    assert_eq!(
        ids,
        EXAMPLES.iter().map(|(rule, ..)| *rule).collect(),
        "published in schemas/README.md, and shown here"
    );
}

/// A rule, and what in a good message becomes what, so that the verdicts differ by that rule.
const EXAMPLES: &[(&str, &str, &str)] = &[
    ("X-required", "<Rejim>1000</Rejim>", ""),
    ("X-once", "<Rejim>1000</Rejim>", "<Rejim>1000</Rejim><Rejim>1000</Rejim>"),
    ("X-table", "<Rejim>1000</Rejim>", "<Rejim>9999</Rejim>"),
    ("X-table", "<Gtip>6109", "<Gtip>0000"),
    ("X-form", "<Gtip>6109", "<Gtip>61 09"),
    ("X-range", "<Net_agirlik>600", "<Net_agirlik>0"),
    ("X-range", "<Net_agirlik>600", "<Net_agirlik>1234567890123456"),
    ("X-range", "<Kalem_sira_no>1<", "<Kalem_sira_no>0<"),
    ("X-calendar", "<Belge_tarihi>18/11/2026", "<Belge_tarihi>31/02/2026"),
    ("X-digit", "<Gonderici_vergi_no>1234567890", "<Gonderici_vergi_no>1234567891"),
    ("X-sum", "<Toplam_fatura>26450.00", "<Toplam_fatura>26450.01"),
    ("X-message", "<RefID xmlns=\"\">", "x<RefID xmlns=\"\">"),
    ("X-unknown", "<Rejim>", "<Bilinmeyen>1</Bilinmeyen><Rejim>"),
    ("X-attribute", "<Rejim>", "<Rejim ek=\"1\">"),
    ("X-nil", "<Teminat xsi:nil=\"true\"/>", "<Teminat xsi:nil=\"true\"> </Teminat>"),
    ("X-dropped", "</Sifre>", "<x/></Sifre>"),
];

fn fixture(case: &str) -> String {
    let path = format!("../../fixtures/bilge/{case}/request.xml");
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a fixture")
}

impl Judged {
    /// The published rules by which the two verdicts differ; none where they agree.
    fn differences(&self) -> Result<Vec<&'static str>, String> {
        match (&self.flaw, self.errors.as_slice()) {
            (None, []) | (Some(_), [_, ..]) => Ok(Vec::new()),
            (None, errors) => errors
                .iter()
                .map(|rule| self.stricter(*rule).ok_or_else(|| format!("valid, yet {}", rule.name())))
                .collect(),
            (Some(_), []) if self.notices.contains(&Rule::UnknownElement) => Ok(vec!["X-unknown"]),
            (Some(flaw), []) if CREDENTIALS.iter().any(|name| flaw.contains(&format!("element {name}:"))) => {
                Ok(vec!["X-dropped"])
            }
            (Some(flaw), []) if flaw.contains("'nilled'") => Ok(vec!["X-nil"]),
            (Some(_), []) if self.text.contains(ATTRIBUTE) => Ok(vec!["X-attribute"]),
            (Some(_), []) => Err("not valid, yet taken".to_owned()),
        }
    }

    /// Why the program refuses what is valid.
    fn stricter(&self, rule: Rule) -> Option<&'static str> {
        if rule == Rule::StrayText {
            // In a wrapped message, where the schema does not look.
            return self.text.contains(WRAPPED).then_some("X-message");
        }
        Some(match rule {
            Rule::Missing | Rule::ItemsMissing => "X-required",
            Rule::Twice => "X-once",
            Rule::RegimeUnknown
            | Rule::OfficeUnknown
            | Rule::CountryUnknown
            | Rule::DeliveryTermUnknown
            | Rule::CurrencyUnknown
            | Rule::RegimeNoApproval
            | Rule::RegimeNotExport
            | Rule::GtipUnknown
            | Rule::SecretariatUnknown => "X-table",
            Rule::GtipForm | Rule::TaxNumberForm => "X-form",
            Rule::NumberTooLong
            | Rule::NotPositive
            | Rule::AmountZero
            | Rule::ItemNumberForm
            | Rule::ItemNumberTwice => "X-range",
            Rule::DateUnknown => "X-calendar",
            Rule::CheckDigit => "X-digit",
            Rule::AmountsDisagree => "X-sum",
            Rule::MessageUnknown | Rule::GelenMissing => "X-message",
            _ => return None,
        })
    }
}

/// Slips in good messages of a shape, as far down as `levels` say, and both verdicts.
fn judged(schema: &str, shape: &str, levels: usize, count: usize) -> Vec<Judged> {
    let is_of_shape = |text: &String| text.contains(shape) && (shape == WRAPPED || !text.contains(WRAPPED));
    let is_plain = |text: &String| text.len() < BYTES_MAX && !text.contains(char::REPLACEMENT_CHARACTER);
    let texts = good_requests().into_iter().map(|file| shown(&file)).filter(is_of_shape).filter(is_plain);
    let bases: Vec<Node> = texts.map(|text| Node::read(text.trim_start_matches('\u{feff}'))).collect();
    assert!(bases.len() >= 2, "{} good messages", bases.len());
    let tables = rules::builtin().expect("the tables");
    let mut draw = Draw(1);
    let mut judged = Vec::new();
    for _ in 0..count {
        let mut message = draw.one_of(&bases).clone();
        let slips: Vec<String> = (0..=draw.below(4) / 3).map(|_| message.slip(&mut draw, levels)).collect();
        let text = message.write();
        let (errors, notices) = verdict(&text, &tables);
        judged.push(Judged { slips: slips.join(", "), text, flaw: None, errors, notices });
    }
    let texts: Vec<&str> = judged.iter().map(|one| one.text.as_str()).collect();
    let flaws = flaws(schema, &texts);
    for (one, flaw) in judged.iter_mut().zip(flaws) {
        one.flaw = flaw;
    }
    judged
}

/// What `ebirlik check` finds: errors and notices.
fn verdict(text: &str, tables: &Rules) -> (Vec<Rule>, Vec<Rule>) {
    let secretariat = (!text.contains("BirlikOnayTalebi")).then_some("IMMIB");
    let facts = RequestFacts { secretariat, ..RequestFacts::default() };
    let rules_of = |findings: &[Finding]| findings.iter().map(|finding| finding.rule).collect();
    match read(text.as_bytes(), &facts) {
        Err(form) => (vec![form.finding().rule], Vec::new()),
        Ok(Read { declaration, .. }) => {
            let notices = rules_of(&declaration.notices);
            let mut findings = Vec::new();
            check(declaration, tables, date(2026, 11, 21), &mut findings);
            (rules_of(&findings), notices)
        }
    }
}

/// Customs' credentials.
const CREDENTIALS: [&str; 3] = ["IP", "KullaniciAdi", "Sifre"];
/// Small messages: each is judged in a millisecond by either side.
const BYTES_MAX: usize = 16 << 10;
