//! Every word that a person reads on paper, in Turkish and in English beside it; and how amounts, rates, days and
//! times are written.

use ebirlik_domain::decision::ApprovalKind;
use ebirlik_domain::money::{Money, Rate};
use ebirlik_domain::time::TURKEY;
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;

/// The same in two languages: Turkish first, English in smaller type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) tr: &'static str,
    pub(crate) en: &'static str,
}

macro_rules! texts {
    ($($name:ident: $turkish:literal, $english:literal;)+) => {
        $(pub(crate) const $name: Text = Text { tr: $turkish, en: $english };)+
        #[cfg(test)]
        const ALL: &[(&str, Text)] = &[$((stringify!($name), $name),)+];
    };
}

texts! {
    // the two slips
    RECEIPT: "MAKBUZ", "Receipt";
    RECEIPTS: "Makbuzlar", "Receipts";
    INFORMATION: "BİLGİ FİŞİ", "Information slip";
    INFORMATION_SLIPS: "Bilgi fişleri", "Information slips";
    NO_RECEIPTS: "Bu seçime uyan makbuz yok.", "There are no receipts for this choice.";
    ACCOUNTING: "Muhasebe birimi", "Accounting unit";
    CONTINUED: "devamı", "continued";
    // the petition of who wants to act for a firm
    PETITION: "ÜYELİK DİLEKÇESİ", "Membership petition";
    PETITION_TO: "Üyelik şubesine", "To the membership branch of";
    PETITION_OF_AN_EXPORTER: "Aşağıda bilgileri yazılı ihracatçı firmamız adına e-birlik sisteminde işlem yapmak üzere, bilgileri aşağıda yer alan kişinin firma yetkilisi olarak tanımlanmasını arz ederiz.", "We ask that the person named below be registered to act for our firm, an exporter, in e-birlik.";
    PETITION_OF_A_BROKER: "Aşağıda bilgileri yazılı gümrük müşavirliği firmamız adına e-birlik sisteminde işlem yapmak üzere, bilgileri aşağıda yer alan kişinin firma yetkilisi olarak tanımlanmasını arz ederiz.", "We ask that the person named below be registered to act for our firm, a customs broker, in e-birlik.";
    PETITION_NEXT: "Firma kaşesi basılıp firma yetkilisince imzalandıktan sonra, aynı yetkilinin imza sirküleriyle birlikte e-postadaki bağlantıdan yüklenir.", "To be stamped by the firm, signed by its authorised person, and uploaded by the link in the e-mail with the signature circular of the same person.";
    STAMP_AND_SIGNATURE: "Firma kaşesi ve imza", "Stamp and signature";
    APPLICATION_NO: "Başvuru no", "Application no";
    FIRM: "Firma unvanı", "Firm";
    PERSON: "Yetkilinin adı soyadı", "Name of the person";
    EMAIL: "E-posta", "E-mail";
    PHONE: "Cep telefonu", "Mobile number";
    BEGUN_AT: "Başvuru zamanı", "Applied at";
    SEND_BY: "Son gönderme zamanı", "To be sent by";
    // who and what
    ISSUED_TO: "Makbuz sahibi ihracatçı", "Receipt issued to the exporter";
    EXPORTER: "İhracatçı", "Exporter";
    DECLARANT: "Beyan sahibi", "Declarant";
    TAX_NUMBER: "Vergi no", "Tax no";
    RECEIPT_NO: "Makbuz no", "Receipt no";
    REFERENCE: "Beyan sahibinin referansı", "Declarant's reference";
    RECORD_NO: "Birlik kayıt no", "Union record no";
    REGISTRATION_NO: "Gümrük tescil no", "Customs registration no";
    PAID_AT: "Ödeme zamanı", "Paid at";
    KIND: "Onay şekli", "Kind of approval";
    VALID_UNTIL: "Son geçerlilik günü", "Valid until";
    // the code
    CODE: "Onay kodu", "Approval code";
    DIGITS: "Okuyucu için rakamla", "The same in digits, for scanners";
    // money
    PAID: "Ödenen tutar", "Amount paid";
    FEE: "Nispi aidat", "Proportional fee";
    FEE_OF_DECLARATION: "Beyannamenin nispi aidatı", "Fee of the declaration";
    PAID_HERE: "Bu belgeyle ödenen", "Paid with this document";
    FOB_IN_LIRA: "Toplam FOB, TL", "Total FOB in lira";
    RATES_USED: "Kullanılan döviz alış kurları", "Exchange rates used, buying";
    BULLETIN: "TCMB bülteni", "Central Bank's bulletin";
    ITEM: "Kalem", "Item";
    ITEMS: "Kalem sayısı", "Items";
    SECTOR: "Sektör", "Sector";
    FOB: "FOB değeri", "FOB value";
    CURRENCY: "Döviz", "Currency";
    RATE: "Oran", "Rate";
    SUMS_ONLY: "Kalem sayısı çok olduğundan sektör, oran ve dövize göre toplamlar gösterilir.",
        "Many items: sums by sector, rate and currency.";
    // notes at the foot
    INSTEAD_OF_STAMP: "Onay kodu, ağ üzerinden ve elle yapılan kayıtlarda mühür ve ıslak imzanın yerine geçer.",
        "The approval code replaces stamp and signature, for network and manual entries.";
    SHOW_TO_CUSTOMS: "Elle kayıt: bu makbuz, üzerindeki onay koduyla gümrük memuruna gösterilir.",
        "Manual entry: show this receipt with its code to the customs officer.";
    NOT_SHOWN_TO_CUSTOMS: "e-birlik'te onaylanan beyanname için gümrük idaresine makbuz gösterilmesi gerekmez.",
        "No receipt need be shown to customs for a declaration approved in e-birlik.";
    NOT_A_RECEIPT: "Bu belge bilgi içindir, makbuz yerine geçmez. Makbuz genel sekreterliğin muhasebe biriminden alınır.",
        "For information, not a receipt. The receipt comes from the secretariat's accounting unit.";
    // statement
    STATEMENT: "HESAP EKSTRESİ", "Account statement";
    ACCOUNT: "Hesap", "Account";
    HOLDER: "Hesap sahibi", "Holder";
    PERIOD: "Dönem", "Period";
    OPENING: "Açılış bakiyesi", "Opening balance";
    CLOSING: "Kapanış bakiyesi", "Closing balance";
    CARRIED_FORWARD: "Sonraki sayfaya devreden", "Carried forward";
    BROUGHT_FORWARD: "Önceki sayfadan devreden", "Brought forward";
    TOTALS: "Dönem toplamı", "Total of the period";
    NO_LINES: "Bu dönemde hareket yok.", "No entries in this period.";
    LINE_NO: "Sıra no", "No";
    BOOKED_AT: "Tarih", "Booked at";
    WHAT: "Açıklama", "Entry";
    PAYMENT_REFERENCE: "İşlem referansı", "Reference";
    DECLARATION: "Beyanname referansı", "Declaration";
    DEBIT: "Borç", "Debit";
    CREDIT: "Alacak", "Credit";
    BALANCE: "Bakiye", "Balance";
    PAGE: "Sayfa", "Page";
    // letters about the monthly match
    LETTER: "Mutabakat yazısı", "Letter";
    LETTER_NO: "Sayı", "Number";
    DATE: "Tarih", "Date";
    MONTH: "Karşılaştırılan ay", "Month compared";
    FIELD: "Alan", "Field";
    AT_CUSTOMS: "Gümrükteki", "At customs";
    IN_APPROVAL: "Birlik onayındaki", "In our approval";
    WITHOUT_APPROVAL: "Birlik onayı olmadan tescil edilmiş beyanname",
        "A declaration registered at customs without the union's approval";
    WITHOUT_APPROVAL_ASKED: "Gümrük kayıtlarıyla yapılan aylık karşılaştırmada, aşağıda bilgileri bulunan beyannamenin birlik onayı alınmadan tescil edildiği görülmüştür. Onay aldıysanız onay kodunu, almadıysanız nedenini yazıyla bildirmenizi rica ederiz.",
        "The monthly comparison with customs shows that the declaration above was registered without our approval. Please tell us its approval code if there is one, and the reason if there is none, in writing.";
    NEVER_REGISTERED: "Onaylanmış, gümrükte tescil edilmemiş beyanname",
        "A declaration approved and never registered at customs";
    NEVER_REGISTERED_ASKED: "Onaylanan bu beyannamenin gümrükte tescil edildiğine dair bir kayıt bulunamamıştır. Tescil edildiyse tescil numarasını bildirmenizi, ihracat gerçekleşmediyse onaydan vazgeçmenizi rica ederiz. Aidat iadesi için ihracatın gerçekleşmediğini gösteren belgeyle başvurulur.",
        "We find no registration of this approved declaration at customs. If it was registered, please tell us the number; if the export did not take place, please withdraw the approval. A refund of the fee is applied for with proof that the export did not take place.";
    DIFFERS: "Onaydan farklı tescil edilmiş beyanname", "A declaration registered otherwise than approved";
    DIFFERS_ASKED: "Gümrükte tescil edilen beyannameyle birliğin onayladığı beyanname yukarıdaki alanlarda farklıdır. Doğru olanı, belgesiyle birlikte bildirmenizi rica ederiz. Onaydaki bilgi düzeltilecekse aidat farkı hesaplanır.",
        "What customs registered and what we approved differ in the fields above. Please tell us with papers which is right. If our approval is corrected, the difference of the fee is worked out.";
    LETTER_ANSWER: "Yanıtınızı bu yazının sayısını belirterek genel sekreterliğimize iletiniz.",
        "Please answer to our general secretariat and name the number of this letter.";
    // heads that only workbooks have
    SECRETARIAT: "Genel sekreterlik", "Secretariat";
    OFFICE: "İrtibat bürosu", "Contact office";
    EXPORTER_TAX_NUMBER: "İhracatçı vergi no", "Exporter's tax no";
    DECLARANT_TAX_NUMBER: "Beyan sahibi vergi no", "Declarant's tax no";
}

/// How it was paid.
pub(crate) fn kind(kind: ApprovalKind) -> Text {
    let (tr, en) = match kind {
        ApprovalKind::CurrentAccount => ("Cari hesap", "Current account"),
        ApprovalKind::Card => ("Kredi kartı", "Card"),
        ApprovalKind::Cash => ("Nakit", "Cash"),
        ApprovalKind::Paper => ("Kâğıt üzerinde", "On paper"),
        ApprovalKind::Free => ("Ücretsiz", "Free of fee"),
    };
    Text { tr, en }
}

/// A field that customs and we are compared by.
pub(crate) fn field(name: &str) -> Option<Text> {
    let (tr, en) = match name {
        "code" => ("Onay kodu", "Approval code"),
        "exporter" => ("Gönderici vergi no", "Exporter's tax no"),
        "declarant" => ("Beyan sahibi vergi no", "Declarant's tax no"),
        "ref" => ("Beyanname referansı", "Declaration's reference"),
        "invoice_total" => ("Toplam fatura", "Invoice total"),
        "currency" => ("Döviz", "Currency"),
        "gtips" => ("GTİP", "Commodity codes"),
        "registration_no" => ("Tescil no", "Registration no"),
        "state" => ("Durum", "State"),
        _ => return None,
    };
    Some(Text { tr, en })
}

/// `1.234,56`.
pub(crate) fn money(amount: Money) -> String {
    let (lira, kurus) = (amount.kurus() / 100, amount.kurus() % 100);
    format!("{},{kurus:02}", grouped(&lira.to_string()))
}

/// `1.234,56 TL`.
pub(crate) fn lira(amount: Money) -> String {
    format!("{} TL", money(amount))
}

/// `Yalnız binikiyüzotuzdört Türk lirası ellialtı kuruş`, so that no digit can be added; the words of a number stand
/// together, as on every Turkish receipt.
pub(crate) fn in_words(amount: Money) -> String {
    let whole = |amount: i64| u64::try_from(amount).map(number_in_words).unwrap_or_default();
    let (lira, kurus) = (amount.kurus() / 100, amount.kurus() % 100);
    let kurus_part = if kurus == 0 { String::new() } else { format!(" {} kuruş", whole(kurus)) };
    format!("Yalnız {} Türk lirası{kurus_part}", whole(lira))
}

/// `1.234,5`: a decimal with the decimals that it has.
pub(crate) fn decimal(value: Decimal) -> String {
    let plain = value.to_string();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let comma = if fraction.is_empty() { "" } else { "," };
    format!("{sign}{}{comma}{fraction}", grouped(digits))
}

/// `%0,05`: per cent, the sign in front.
pub(crate) fn rate(rate: Rate) -> String {
    let (whole, fraction) = (rate.ppm() / 10_000, rate.ppm() % 10_000);
    let fraction = format!("{fraction:04}");
    match fraction.trim_end_matches('0') {
        "" => format!("%{whole}"),
        fraction => format!("%{whole},{fraction}"),
    }
}

/// `26.11.2026`.
pub(crate) fn day(date: Date) -> String {
    format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year())
}

/// `26.11.2026 14:03`, as clocks in Türkiye show it.
pub(crate) fn time(instant: Timestamp) -> String {
    let local = TURKEY.to_datetime(instant);
    format!("{} {:02}:{:02}", day(local.date()), local.hour(), local.minute())
}

/// `26.11.2026 – 30.11.2026`.
pub(crate) fn period(from: Date, to: Date) -> String {
    format!("{} – {}", day(from), day(to))
}

/// In groups with a space between: a code and its digits by four.
pub(crate) fn spaced(text: &str, by: usize) -> String {
    let mut spaced = String::with_capacity(text.len() + text.len() / by);
    for (place, symbol) in text.chars().enumerate() {
        if place > 0 && place.is_multiple_of(by) {
            spaced.push(' ');
        }
        spaced.push(symbol);
    }
    spaced
}

fn grouped(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    grouped
}

fn number_in_words(number: u64) -> String {
    if number == 0 {
        return "sıfır".to_owned();
    }
    let (mut words, mut rest) = (Vec::new(), number);
    for scale in SCALES {
        let (group, higher) = (rest % 1000, rest / 1000);
        if group > 0 {
            words.push(scale);
            // A thousand is "bin", never "one thousand".
            if !(group == 1 && scale == "bin") {
                words.extend(below_thousand(group));
            }
        }
        rest = higher;
    }
    words.reverse();
    words.concat()
}

/// The words of a number below a thousand, last first.
fn below_thousand(number: u64) -> [&'static str; 4] {
    let word = |table: &[&'static str; 10], digit: u64| {
        usize::try_from(digit).ok().and_then(|digit| table.get(digit)).copied().unwrap_or_default()
    };
    let hundreds = number / 100;
    let hundred = if hundreds == 0 { "" } else { "yüz" };
    // A hundred is "yüz", never "one hundred".
    let how_many = if hundreds == 1 { "" } else { word(&ONES, hundreds) };
    [word(&ONES, number % 10), word(&TENS, number / 10 % 10), hundred, how_many]
}

const ONES: [&str; 10] = ["", "bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz"];
const TENS: [&str; 10] = ["", "on", "yirmi", "otuz", "kırk", "elli", "altmış", "yetmiş", "seksen", "doksan"];

/// `u64` ends in the quintillions; an amount of lira ends before.
const SCALES: [&str; 7] = ["", "bin", "milyon", "milyar", "trilyon", "katrilyon", "kentilyon"];

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    #[test]
    fn amounts_are_written_as_in_turkiye() {
        let check = |amount: &str, shown: &str| assert_eq!(money(of(amount)), shown);
        check("0", "0,00");
        check("0.05", "0,05");
        check("999.9", "999,90");
        check("1234.56", "1.234,56");
        check("1000000", "1.000.000,00");
        check("92233720368547758.07", "92.233.720.368.547.758,07");
    }

    /// Turkish rules: words.
    #[test]
    fn amounts_are_said_in_words() {
        let check = |amount: &str, words: &str| assert_eq!(in_words(of(amount)), format!("Yalnız {words}"));
        check("0", "sıfır Türk lirası");
        check("0.05", "sıfır Türk lirası beş kuruş");
        check("1", "bir Türk lirası");
        check("100", "yüz Türk lirası");
        check("1000", "bin Türk lirası");
        check("1001.10", "binbir Türk lirası on kuruş");
        check("21000", "yirmibirbin Türk lirası");
        check("1234.56", "binikiyüzotuzdört Türk lirası ellialtı kuruş");
        check("1001000", "birmilyonbin Türk lirası");
        check("119000300.99", "yüzondokuzmilyonüçyüz Türk lirası doksandokuz kuruş");
        check(
            "92233720368547758.07",
            "doksanikikatrilyonikiyüzotuzüçtrilyonyediyüzyirmimilyarüçyüzaltmışsekizmilyonbeşyüzkırkyedibin\
             yediyüzellisekiz Türk lirası yedi kuruş",
        );
    }

    /// Turkish rules: percent, date.
    #[test]
    fn rates_decimals_and_times_are_written_as_in_turkiye() {
        assert_eq!(rate(Rate::from_ppm(500)), "%0,05");
        assert_eq!(rate(Rate::from_ppm(1001)), "%0,1001");
        assert_eq!(rate(Rate::from_ppm(0)), "%0");
        assert_eq!(rate(Rate::from_ppm(1_250_000)), "%125");
        let dec = |text: &str| decimal(text.parse().unwrap());
        assert_eq!((dec("1234567.50"), dec("42.1234"), dec("7"), dec("-1000.5")).0, "1.234.567,50");
        assert_eq!((dec("42.1234"), dec("7"), dec("-1000.5")), ("42,1234".into(), "7".into(), "-1.000,5".into()));
        assert_eq!(time("2026-11-20T21:03:59Z".parse().unwrap()), "21.11.2026 00:03");
        assert_eq!(spaced("7K3M9QWRT2XAB5CD", 4), "7K3M 9QWR T2XA B5CD");
    }

    #[test]
    fn every_text_stands_in_both_languages() {
        for (name, text) in ALL {
            assert!(!text.tr.is_empty() && !text.en.is_empty(), "{name}");
            assert!(text.en.is_ascii(), "{name}: English words are plain");
        }
    }
}
