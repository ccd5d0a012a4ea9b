//! Reading customs' file row by row, whatever its size: CSV, or XML in our own namespace.

use super::Malformed;
use crypto_code::CryptoCode;
use ebirlik_domain::registration::RegistrationNumber;
use ebirlik_store::events::hex;
use ebirlik_store::reconciliations::CustomsRow;
use jiff::civil::Date;
use quick_xml::Reader;
use quick_xml::events::Event;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader, Read};

/// The rows of a file.
pub(super) struct Rows<R: Read> {
    form: Form<BufReader<R>>,
    line: u64,
}

enum Form<R: BufRead> {
    /// Not looked at yet.
    Unknown(Option<R>),
    Csv {
        records: Box<csv::StringRecordsIntoIter<R>>,
        places: [Option<usize>; 9],
    },
    Xml {
        reader: Box<Reader<R>>,
        buffer: Vec<u8>,
    },
}

/// The columns of CSV and the elements of XML, in the order of [`CustomsRow`].
const NAMES: [(&str, &str); 9] = [
    ("registration_no", "TescilNo"),
    ("code", "KriptoKodu"),
    ("ref", "Referans"),
    ("declarant", "BeyanSahibi"),
    ("exporter", "Gonderici"),
    ("registered_on", "TescilTarihi"),
    ("invoice_total", "ToplamFatura"),
    ("currency", "Doviz"),
    ("gtips", "Gtip"),
];
/// Of them, those that CSV must have.
const REQUIRED: [usize; 3] = [0, 1, 4];
/// Longest text of a value, in bytes: 9,999 commodity codes fit.
const TEXT_MAX: usize = 160_000;

impl<R: Read> Rows<R> {
    pub(super) fn of(file: R) -> Self {
        Self { form: Form::Unknown(Some(BufReader::with_capacity(1 << 16, file))), line: 0 }
    }

    /// The next row, or none at the end.
    pub(super) fn next_row(&mut self) -> Result<Option<CustomsRow>, Malformed> {
        if let Form::Unknown(file) = &mut self.form
            && let Some(file) = file.take()
        {
            self.form = open(file)?;
        }
        self.line += 1;
        let values = match &mut self.form {
            Form::Unknown(_) => None,
            Form::Csv { records, places } => match records.next() {
                None => None,
                Some(Err(error)) => return Err(self.wrong(&error.to_string())),
                Some(Ok(record)) => {
                    Some(places.map(|place| place.and_then(|place| record.get(place)).unwrap_or_default().to_owned()))
                }
            },
            Form::Xml { reader, buffer } => match element(reader, buffer) {
                Ok(values) => values,
                Err(why) => return Err(self.wrong(&why)),
            },
        };
        values.map(|values| row(values).map_err(|why| self.wrong(why))).transpose()
    }

    /// With the row's place: of CSV the line, of XML the row's number.
    fn wrong(&self, why: &str) -> Malformed {
        let header = u64::from(matches!(self.form, Form::Csv { .. }));
        Malformed { line: self.line + header, why: why.to_owned() }
    }
}

fn open<R: BufRead>(mut file: R) -> Result<Form<R>, Malformed> {
    let wrong = |why: String| Malformed { line: 1, why };
    let start = file.fill_buf().map_err(|error| wrong(error.to_string()))?;
    let start = start.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(start);
    if start.trim_ascii_start().starts_with(b"<") {
        return Ok(Form::Xml { reader: Box::new(Reader::from_reader(file)), buffer: Vec::new() });
    }
    let header_end = start.iter().position(|byte| *byte == b'\n').unwrap_or(start.len());
    let header = start.get(..header_end).unwrap_or_default();
    let delimiter = if header.contains(&b';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).from_reader(file);
    let heads = reader.headers().map_err(|error| wrong(error.to_string()))?;
    let heads: Vec<String> = heads.iter().map(|head| head.trim_start_matches('\u{feff}').to_owned()).collect();
    let places = NAMES.map(|(name, _)| heads.iter().position(|head| head == name));
    if let Some(missing) = REQUIRED.iter().find(|place| places.get(**place).is_none_or(Option::is_none)) {
        let name = NAMES.get(*missing).map_or("", |(name, _)| name);
        return Err(wrong(format!("no column {name}")));
    }
    Ok(Form::Csv { records: Box::new(reader.into_records()), places })
}

/// The values of the next element `Tescil`; several `Gtip` are joined by blanks.
fn element<R: BufRead>(reader: &mut Reader<R>, buffer: &mut Vec<u8>) -> Result<Option<[String; 9]>, String> {
    let mut values: [String; 9] = Default::default();
    let (mut within, mut place) = (false, None);
    loop {
        buffer.clear();
        let event = reader.read_event_into(buffer).map_err(|error| error.to_string())?;
        match event {
            Event::Eof if within => return Err("ends within a row".to_owned()),
            Event::Eof => return Ok(None),
            Event::DocType(_) | Event::PI(_) => {
                return Err("DOCTYPE and processing instructions are not read".to_owned());
            }
            Event::Start(start) => {
                let name = start.local_name();
                if name.as_ref() == "Tescil" {
                    within = true;
                } else {
                    place = NAMES.iter().position(|(_, element)| *element == name.as_ref());
                    if let Some(value) = place.and_then(|place| values.get_mut(place))
                        && !value.is_empty()
                    {
                        value.push(' ');
                    }
                }
            }
            Event::End(end) if end.local_name().as_ref() == "Tescil" => return Ok(Some(values)),
            Event::End(_) => place = None,
            Event::Text(text) => {
                let text: &str = text.as_ref();
                if let Some(value) = place.and_then(|place| values.get_mut(place)) {
                    value.push_str(text.trim());
                    if value.len() > TEXT_MAX {
                        return Err("a value is too long".to_owned());
                    }
                }
            }
            Event::GeneralRef(reference) => {
                let letter = match reference.as_ref() {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    _ => return Err("an entity that is not known".to_owned()),
                };
                if let Some(value) = place.and_then(|place| values.get_mut(place)) {
                    value.push(letter);
                }
            }
            _ => {}
        }
    }
}

fn row(values: [String; 9]) -> Result<CustomsRow, &'static str> {
    let digest = hex(&Sha256::digest(values.join("\n").as_bytes()));
    let [number, code, reference, declarant, exporter, registered_on, total, currency, goods] = values;
    if values_too_long(&[&code, &reference, &declarant, &exporter, &currency, &total]) {
        return Err("a value is too long");
    }
    if [&code, &reference, &declarant, &exporter, &currency, &goods].iter().any(|value| value.contains('\0')) {
        return Err("a character that cannot be kept");
    }
    let registration_no = RegistrationNumber::parse(&number).ok_or("registration_no")?.as_str().to_owned();
    // A mistyped code is none of ours: it is kept as it stands and found nowhere.
    let code = CryptoCode::parse(&code).map_or(code, |code| code.as_str().to_owned());
    if !registered_on.is_empty() && registered_on.parse::<Date>().is_err() {
        return Err("registered_on");
    }
    if !total.is_empty() && total.parse::<Decimal>().is_err() {
        return Err("invoice_total");
    }
    let goods = goods.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(CustomsRow {
        registration_no,
        code,
        reference,
        declarant,
        exporter,
        registered_on,
        invoice_total: total,
        invoice_currency: currency,
        goods,
        digest,
    })
}

fn values_too_long(values: &[&String]) -> bool {
    values.iter().any(|value| value.len() > 256)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<CustomsRow>, Malformed> {
        let mut rows = Rows::of(text.as_bytes());
        std::iter::from_fn(|| rows.next_row().transpose()).collect()
    }

    #[test]
    fn csv_and_xml_say_the_same() {
        let csv = "registration_no,code,ref,exporter,registered_on,invoice_total,currency,gtips\n\
            26341300EX000001,1b21-cb39,A&1,1234567890,2026-11-20,10.50,USD,610910000011  610910000012\n";
        let xml = "<?xml version=\"1.0\"?><Tesciller xmlns=\"urn:ebirlik:onay:1\"><Tescil>\
            <TescilNo>26341300EX000001</TescilNo><KriptoKodu>1b21-cb39</KriptoKodu><Referans>A&amp;1</Referans>\
            <Gonderici>1234567890</Gonderici><TescilTarihi>2026-11-20</TescilTarihi><ToplamFatura>10.50</ToplamFatura>\
            <Doviz>USD</Doviz><Gtip>610910000011</Gtip><Gtip>610910000012</Gtip></Tescil></Tesciller>";
        let (csv, xml) = (read(csv).unwrap(), read(xml).unwrap());
        assert_eq!(
            CustomsRow { digest: String::new(), ..csv[0].clone() },
            CustomsRow { digest: String::new(), ..xml[0].clone() }
        );
        assert_eq!((csv[0].reference.as_str(), csv[0].goods.as_str()), ("A&1", "610910000011 610910000012"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let check = |text: &str, line: u64| assert_eq!(read(text).unwrap_err().line, line, "{text}");
        check("code,exporter\n", 1);
        check("registration_no,code,exporter\n26341300EX000001,x,1\nyok,x,1\n", 3);
        check("registration_no,code,exporter,registered_on\n26341300EX000001,x,1,2026-13-01\n", 2);
        check("<Tesciller><Tescil><TescilNo>26341300EX000001</TescilNo>", 1);
        check("<!DOCTYPE a><Tesciller/>", 1);
        assert_eq!(read("").map_err(|wrong| wrong.line), Err(1));
        assert_eq!(read("<Tesciller/>"), Ok(Vec::new()));
    }
}
