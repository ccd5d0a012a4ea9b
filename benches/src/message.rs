//! What is sent? Declarations with the shape of `fixtures/bilge`, rendered before the run; during it only the bytes of
//! reference, exporter and amount change, in place.

use crate::wire::request;

/// How large a declaration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// Items.
    pub(crate) items: usize,
    /// Every element that customs software sends for an item, about 2 KB; else the nine that count, about 300 bytes.
    pub(crate) full: bool,
}

/// What most runs send: about 6 KB.
pub(crate) const TEN: Size = Size { items: 10, full: false };

/// One rendered request with the places that change.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    bytes: Vec<u8>,
    references: Vec<usize>,
    exporters: Vec<usize>,
    amounts: Vec<usize>,
    totals: Vec<usize>,
    total_cents: u64,
    /// Of the message alone.
    pub(crate) body_bytes: usize,
}

/// The declarations of a run.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    templates: Vec<Template>,
}

impl Pool {
    /// Requests of a user; different goods, weights, places and words, always the same for the same size.
    pub(crate) fn new(size: Size, user: (&str, &str)) -> Self {
        let mut random = Random(size.items as u64 + 1);
        let templates = (0..TEMPLATES).map(|_| Template::new(size, user, &mut random)).collect();
        Self { templates }
    }

    /// Writes the request of this number into a buffer.
    pub(crate) fn write(&self, number: u64, exporter: &str, buffer: &mut Vec<u8>) {
        let place = usize::try_from(number).unwrap_or_default() % self.templates.len();
        if let Some(template) = self.templates.get(place) {
            template.write(number, exporter, buffer);
        }
    }

    /// The message of this number alone.
    pub(crate) fn body(&self, number: u64, exporter: &str) -> Vec<u8> {
        let mut buffer = Vec::new();
        self.write(number, exporter, &mut buffer);
        let place = usize::try_from(number).unwrap_or_default() % self.templates.len();
        let body_bytes = self.templates.get(place).map_or(0, |template| template.body_bytes);
        buffer.split_off(buffer.len().saturating_sub(body_bytes))
    }

    /// Bytes of a message, on average.
    pub(crate) fn body_bytes(&self) -> usize {
        self.templates.iter().map(|template| template.body_bytes).sum::<usize>() / self.templates.len()
    }

    /// One message alone, for peers that take it as a value.
    pub(crate) fn message(&self) -> String {
        String::from_utf8_lossy(&self.body(0, "1234567890")).into_owned()
    }
}

/// The reference of a number: always as long.
pub(crate) fn reference(number: u64) -> String {
    format!("B{number:010}")
}

impl Template {
    fn new(size: Size, user: (&str, &str), random: &mut Random) -> Self {
        let (message, total_cents) = render(size, random);
        let bytes = request("POST /v1/approvals", user, "application/xml", message.as_bytes());
        let places = |mark: &str| {
            let found = bytes.windows(mark.len()).enumerate().filter(|(_, window)| *window == mark.as_bytes());
            found.map(|(at, _)| at).collect::<Vec<_>>()
        };
        let (references, exporters) = (places(REFERENCE), places(EXPORTER));
        let (amounts, totals) = (places(AMOUNT), places(&total_mark(total_cents)));
        Self { references, exporters, amounts, totals, total_cents, body_bytes: message.len(), bytes }
    }

    fn write(&self, number: u64, exporter: &str, buffer: &mut Vec<u8>) {
        buffer.clear();
        buffer.extend_from_slice(&self.bytes);
        let reference = reference(number);
        // 100.00 to 999.99: the same length always.
        let cents = 10_000 + number * 7_919 % 90_000;
        let (amount, total) = (lira(cents), lira(self.total_cents + cents));
        let patches = [
            (&self.references, reference.as_str()),
            (&self.exporters, exporter),
            (&self.amounts, &amount),
            (&self.totals, &total),
        ];
        for (places, text) in patches {
            for at in places {
                if let Some(place) = buffer.get_mut(*at..at + text.len()) {
                    place.copy_from_slice(text.as_bytes());
                }
            }
        }
    }
}

/// The message with marks, and what its items but the first sum up to.
fn render(size: Size, random: &mut Random) -> (String, u64) {
    let compact: String = FIXTURE.lines().map(str::trim).collect();
    let (head, rest) = compact.split_once("<kalem>").unwrap_or_default();
    let (item, tail) = rest.split_once("</kalem>").unwrap_or_default();
    let item = if size.full { item.to_owned() } else { SHORT.iter().filter_map(|name| cut(item, name)).collect() };
    let (mut items, mut sum) = (String::new(), 0);
    for number in 1..=size.items {
        let cents = 10_000 + random.below(90_000);
        let amount = if number == 1 { AMOUNT.to_owned() } else { lira(cents) };
        sum += if number == 1 { 0 } else { cents };
        let (gtip, name) = GOODS.get(random.place(GOODS.len())).copied().unwrap_or_default();
        let net = 1 + random.below(900);
        let mut item = item.clone();
        for (element, value) in [
            ("Gtip", gtip.to_owned()),
            ("Kalem_sira_no", number.to_string()),
            ("Brut_agirlik", format!("{}.{}", net + net / 9, random.below(10))),
            ("Net_agirlik", net.to_string()),
            ("Istatistiki_miktar", (1 + random.below(5_000)).to_string()),
            ("Miktar", (1 + random.below(5_000)).to_string()),
            ("Adedi", (1 + random.below(90)).to_string()),
            ("Fatura_miktari", amount.clone()),
            ("OdemeTutari", amount),
            ("Ticari_tanimi", name.to_owned()),
            ("Navlun_miktari", "1.35".to_owned()),
            ("Sigorta_miktari", "0.10".to_owned()),
            ("Imalatci_Vergino", EXPORTER.to_owned()),
        ] {
            item = set(&item, element, &value);
        }
        items.extend(["<kalem>", &item, "</kalem>"]);
    }
    let mut head = head.to_owned();
    let (town, buyer) = BUYERS.get(random.place(BUYERS.len())).copied().unwrap_or_default();
    for (element, value) in [
        ("RefID xmlns=\"\"", REFERENCE.to_owned()),
        ("Referans_no", REFERENCE.to_owned()),
        ("Musavir_referansi", REFERENCE.to_owned()),
        ("Gonderici_vergi_no", EXPORTER.to_owned()),
        ("Musavir_vergi_no", EXPORTER.to_owned()),
        ("Toplam_fatura", total_mark(sum)),
        ("Toplam_navlun", "13.50".to_owned()),
        ("Toplam_sigorta", "1.00".to_owned()),
        ("Kap_adedi", (1 + random.below(900)).to_string()),
        ("Teslim_yeri", town.to_owned()),
        ("Adi_unvani", buyer.to_owned()),
        ("Posta_kodu", (10_000 + random.below(89_999)).to_string()),
        ("Cikistaki_aracin_kimligi", format!("34EBR{:03}", random.below(1_000))),
        ("Sinirdaki_aracin_kimligi", format!("34EBR{:03}", random.below(1_000))),
    ] {
        head = set(&head, element, &value);
    }
    (format!("{head}{items}{tail}"), sum)
}

/// As wide as every total of this message will be.
fn total_mark(sum: u64) -> String {
    "%".repeat(lira(sum + 10_000).len())
}

fn lira(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// The element as it stands, tags included.
fn cut<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let from = text.find(&format!("<{name}>"))?;
    let closing = format!("</{name}>");
    let rest = text.get(from..)?;
    rest.get(..rest.find(&closing)? + closing.len())
}

/// Another text for every element of this name; `name` may carry attributes.
fn set(text: &str, name: &str, value: &str) -> String {
    let (opening, word) = (format!("<{name}>"), name.split(' ').next().unwrap_or_default());
    let closing = format!("</{word}>");
    let (mut out, mut rest) = (String::with_capacity(text.len() + 32), text);
    while let Some((before, after)) = rest.split_once(&opening) {
        let Some((_, tail)) = after.split_once(&closing) else { break };
        out.extend([before, &opening, value, &closing]);
        rest = tail;
    }
    out + rest
}

/// Numbers that look random and are the same in every run (xorshift).
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % limit.max(1)
    }

    fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or_default()
    }
}

static FIXTURE: &str = include_str!("../../fixtures/bilge/plain-sample-wrapped/request.xml");
/// What is kept of an item that is short.
const SHORT: [&str; 8] = [
    "Gtip",
    "Kalem_sira_no",
    "Mensei_ulke",
    "Brut_agirlik",
    "Net_agirlik",
    "Fatura_miktari",
    "Fatura_miktarinin_dovizi",
    "Ticari_tanimi",
];
/// Goods that any secretariat approves.
const GOODS: [(&str, &str); 7] = [
    ("610910000011", "TİŞÖRT, PAMUKLU, ÖRME"),
    ("570242900000", "HALI, DOKUMA"),
    ("870829900019", "TAMPON AKSAMI"),
    ("842131000000", "HAVA FİLTRESİ"),
    ("853710910000", "KUMANDA PANOSU"),
    ("420292980000", "SEYAHAT ÇANTASI"),
    ("330499000000", "CİLT BAKIM KREMİ"),
];
const BUYERS: [(&str, &str); 5] = [
    ("HAMBURG", "BEISPIEL HANDELS GMBH"),
    ("LYON", "EXEMPLE IMPORT SARL"),
    ("ROTTERDAM", "VOORBEELD LOGISTIEK B.V."),
    ("MILANO", "ESEMPIO COMMERCIALE S.P.A."),
    ("VALENCIA", "EJEMPLO COMERCIO S.L."),
];
/// Different messages; the rest is told apart by reference, exporter and amount.
const TEMPLATES: usize = 64;
/// As long as what takes their place.
const REFERENCE: &str = "@@@@@@@@@@@";
const EXPORTER: &str = "##########";
const AMOUNT: &str = "$$$.$$";

#[cfg(test)]
mod tests {
    use super::*;
    use ebirlik_message::{RequestFacts, read};

    #[test]
    fn each_message_reads_as_what_it_should_be() {
        for (items, full) in [(1, false), (10, false), (6, true), (400, false)] {
            let pool = Pool::new(Size { items, full }, ("broker1", "word"));
            for number in [7, 90_001, 4_000_000_000] {
                let mut request = Vec::new();
                pool.write(number, "1234567890", &mut request);
                let head = request.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
                let text = String::from_utf8(request[head..].to_vec()).unwrap();
                assert!(!["@@", "##", "$$", "%%"].iter().any(|mark| text.contains(mark)), "{text}");
                let declaration = read(text.as_bytes(), &RequestFacts::default()).unwrap().declaration;
                assert_eq!(declaration.items.len(), items);
                assert_eq!(text.matches(&reference(number)).count(), 3);
                let amounts = |name: &str| -> u64 {
                    let opening = format!("<{name}>");
                    let cents = |part: &str| part.split('<').next().unwrap().replace('.', "").parse::<u64>().unwrap();
                    text.split(&opening).skip(1).map(cents).sum()
                };
                assert_eq!(amounts("Fatura_miktari"), amounts("Toplam_fatura"));
            }
        }
    }
}
