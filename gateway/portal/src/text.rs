//! Every sentence that a person reads, in Turkish and in English beside it; and how days and times are written.
//!
//! Words in braces are filled in. No Turkish suffix hangs on them: "Son geçerlilik günü: {day}", never "{day}'e kadar".

use ebirlik_domain::money::Money;
use ebirlik_domain::time::TURKEY;
use jiff::Timestamp;
use jiff::civil::Date;
use std::fmt::Display;

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// The first, and the one for whoever does not say.
    Turkish,
    /// Beside it.
    English,
}

impl Language {
    /// From `tr` or `en`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "tr" => Some(Self::Turkish),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// `tr` or `en`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Turkish => "tr",
            Self::English => "en",
        }
    }

    /// The one to switch to.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Turkish => Self::English,
            Self::English => Self::Turkish,
        }
    }

    /// Its name in itself.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Turkish => "Türkçe",
            Self::English => "English",
        }
    }

    /// Its sentences.
    pub(crate) fn texts(self) -> &'static Texts {
        Texts::of(self)
    }

    /// By `lang=` in an address.
    pub(crate) fn asked_for(query: Option<&str>) -> Option<Self> {
        query?.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(Self::parse)
    }

    /// By the header `Accept-Language`: English only for whoever likes it better than Turkish.
    pub(crate) fn accepted(header: Option<&str>) -> Self {
        let mut best = (Self::Turkish, 0);
        for entry in header.unwrap_or_default().split(',') {
            let mut parts = entry.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
            let Some(language) = tag.split('-').next().and_then(Self::parse) else { continue };
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1_000, thousandths);
            if weight > best.1 {
                best = (language, weight);
            }
        }
        best.0
    }
}

/// `0.25` is 250; what cannot be read is 0.
fn thousandths(weight: &str) -> u16 {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let fraction = format!("{fraction:0<3}").get(..3).and_then(|digits| digits.parse().ok()).unwrap_or(0);
    if whole == "1" { 1_000 } else { fraction }
}

/// Puts a value in the place of `{name}`.
pub(crate) fn fill(text: &str, name: &str, value: impl Display) -> String {
    text.replace(&format!("{{{name}}}"), &value.to_string())
}

/// `1.234,50 TL`; in English `1,234.50 TL`.
pub(crate) fn lira(amount: Money, language: Language) -> String {
    let (between, before) = match language {
        Language::Turkish => ('.', ','),
        Language::English => (',', '.'),
    };
    let digits = (amount.kurus() / 100).to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(between);
        }
        grouped.push(digit);
    }
    format!("{grouped}{before}{:02} TL", amount.kurus() % 100)
}

/// An amount as people write it, the currency behind it or not: `1.234,56`, `1234,56 TL`. A foreign habit is refused.
pub(crate) fn parse_lira(typed: &str) -> Option<Money> {
    let typed = typed.trim();
    Money::parse_tr(typed.strip_suffix("TL").or_else(|| typed.strip_suffix('₺')).unwrap_or(typed).trim_end())
}

/// An amount as it may be typed: without the currency, in either language.
pub(crate) fn typed_lira(amount: Money) -> String {
    lira(amount, Language::Turkish).trim_end_matches(" TL").to_owned()
}

/// `21.11.2026`.
pub(crate) fn day(date: Date) -> String {
    format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year())
}

/// From `21.11.2026`, also without leading zeros; `None` for anything else.
pub(crate) fn parse_day(text: &str) -> Option<Date> {
    let mut parts = text.trim().splitn(3, '.');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    if year.len() != 4 {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// `21.11.2026 14:03`, as clocks in Türkiye show it.
pub(crate) fn time(instant: Timestamp) -> String {
    let local = TURKEY.to_datetime(instant);
    format!("{} {:02}:{:02}", day(local.date()), local.hour(), local.minute())
}

/// Declares the sentences of a feature: a name, the Turkish one, the English one. Makes the struct `$Words` with
/// `$Words::of(language)`, and the tests that hold both languages together.
macro_rules! words {
    ($Words:ident; $($name:ident: $turkish:literal, $english:literal;)+) => {
        /// The sentences of one language. A name stands for the same thing in both.
        pub(crate) struct $Words { $(pub(crate) $name: &'static str,)+ }

        impl $Words {
            const TURKISH: Self = Self { $($name: $turkish,)+ };
            const ENGLISH: Self = Self { $($name: $english,)+ };

            /// In a language.
            pub(crate) fn of(language: $crate::text::Language) -> &'static Self {
                match language {
                    $crate::text::Language::Turkish => &Self::TURKISH,
                    $crate::text::Language::English => &Self::ENGLISH,
                }
            }
        }

        #[cfg(test)]
        #[test]
        fn both_languages_say_the_same() {
            $crate::text::tests::hold_together(&[$((stringify!($name), $turkish, $english),)+]);
        }
    };
}
pub(crate) use words;

words! {
    Texts;
    // on every page
    skip: "İçeriğe geç", "Skip to content";
    sign_out: "Oturumu kapat", "Sign out";
    menu: "Menü", "Menu";
    acting_for: "Adına işlem:", "Acting for:";
    error: "Hata", "Error";
    help: "Yardım", "Help";
    help_whom: "Bağlı olduğunuz genel sekreterliğin e-birlik masasını arayın.", "Call the e-birlik desk of your general secretariat.";
    contact: "İletişim", "Contact";
    error_codes: "Hata kodları", "Error codes";
    schemas: "Şemalar", "Schemas";

    session_warn: "Kullanılmadığı için oturumunuz 2 dakika içinde kapanacak.", "Your session is unused and ends within 2 minutes.";
    session_renew: "Oturumu uzat", "Renew the session";
    session_renewed: "Oturum uzatıldı.", "The session was renewed.";
    session_last: "Oturumunuz en uzun süresine ulaştı ve 2 dakika içinde kapanacak. Yazdıklarınız bu sekmede saklanır.", "Your session has lasted as long as it may and ends within 2 minutes. What you typed is kept in this tab.";
    session_ended: "Oturumunuz kapandı. Yazdıklarınız bu sekmede saklandı; şifreler ve dosyalar saklanmaz.", "Your session has ended. What you typed is kept in this tab, but no passwords and files.";
    session_restored: "Oturum kapanmadan yazdıklarınız geri getirildi. Göndermeden önce kontrol edin.", "What you typed before the session ended is back. Look it over before you send it.";

    check_slip: "Bilgi fişi sorgulama", "Check a slip";
    status: "Hizmet durumu", "Service status";

    // how things stand
    status_title: "Hizmet durumu", "Service status";
    status_all_works: "Her şey çalışıyor.", "Everything works.";
    status_some_crowded: "Yoğunluk var: bazı istekler kısa süre sonra yeniden gönderilmelidir.", "It is crowded: some requests have to be sent again shortly.";
    status_some_fails: "Çalışmayan bir hizmet var.", "Something does not work.";
    status_all_unknown: "Şu anda durumun tamamını bilmiyoruz.", "We cannot tell everything at the moment.";
    status_submission: "Beyanname kabulü ve onay", "Submission and approval of declarations";
    status_verification: "Kod doğrulama", "Verification of codes";
    status_payments: "Cari hesaptan ödeme", "Payment from current accounts";
    status_rates: "Günün kur bülteni", "Exchange rates of the day";
    status_works: "Çalışıyor", "Working";
    status_crowded: "Yoğun", "Crowded";
    status_fails: "Çalışmıyor", "Not working";
    status_unknown: "Bilinmiyor", "Unknown";
    status_since: "Başlangıç: {time}", "Since {time}";
    status_bulletin: "Bülten {number}, {day}", "Bulletin {number} of {day}";
    status_looked_at: "Son bakış", "Last look";
    status_note: "Bir hizmet çalışmıyorsa gönderilenler kaybolmaz: aynı beyannameyi sonra yeniden gönderin.", "While something does not work, nothing sent is lost: send the same declaration again later.";

    // payments
    payments_title: "Ödeme bekleyen beyannameler", "Declarations that wait for payment";
    payments_not_yours: "Ödeme sayfası, firması adına ödeme yapmaya yetkili kullanıcılar içindir. Bu kullanıcı koduyla açılamaz.", "The payment page is for users who may pay for their firm. It cannot be opened with this user code.";
    payments_about: "Ödeme bekleyen beyannameleri cari hesaptan ya da kartla ödeyin.", "Pay waiting declarations from the current account or by card.";

    // roles
    role_edi: "Beyanname gönderen program", "Program that submits declarations";
    role_payer: "Ödeme yetkilisi", "Payer";
    role_portal: "Firma yetkilisi", "Acts for a firm";
    role_customs: "Gümrük memuru", "Customs officer";
    role_staff: "Sekreterlik görevlisi", "Secretariat staff";
    role_admin: "Sistem yöneticisi", "Administrator";

    // sign in
    sign_in: "Oturum aç", "Sign in";
    sign_in_lede: "İhracatçı birliklerinin elektronik onay hizmeti.", "The electronic approval service of the exporters' unions.";
    user_code: "Kullanıcı kodu", "User code";
    password: "Şifre", "Password";
    user_or_email: "E-posta ya da kullanıcı kodu", "E-mail or user code";
    forgot_password: "Şifremi Unuttum", "Forgot my password";
    sign_up: "Kayıt Ol", "Sign up";
    no_account: "Firması adına ilk kez işlem yapacaklar için", "For those who act for their firm for the first time";
    forgotten: "Kullanıcı koduyla oturum açıyor ve şifrenizi bilmiyorsanız genel sekreterliğinizin e-birlik masasını arayın. Şifrenizi kimse sizden istemez.", "If you sign in with a user code and do not know your password, call the e-birlik desk of your general secretariat. Nobody will ask you for your password.";
    problem: "Bir sorun var", "There is a problem";
    user_code_missing: "E-posta adresinizi ya da kullanıcı kodunuzu yazın.", "Enter your e-mail address or user code.";
    password_missing: "Şifrenizi yazın.", "Enter your password.";
    not_recognised: "E-posta, kullanıcı kodu veya şifre yanlış.", "The e-mail address, user code or password is wrong.";
    wait_seconds: "Çok sayıda yanlış deneme yapıldı. {n} saniye bekleyip yeniden deneyin. Hesabınız kilitlenmedi.", "There were many wrong tries. Wait {n} seconds and try again. Your account is not locked.";
    sign_in_unavailable: "Şu anda oturum açılamıyor. Kullanıcı kodunuz ve şifreniz denetlenmedi. Birazdan yeniden deneyin.", "Signing in is not possible now. Your user code and password were not checked. Try again shortly.";

    // home
    home_title: "Oturumunuz açık", "You are signed in";
    home_lede: "Bu kullanıcı kodunun yetkilerine açık bir sayfa yok. Yetkiniz eksikse genel sekreterliğinize başvurun.", "No page is open to the roles of this user code. If one is missing, ask your general secretariat.";
    firm: "Firma", "Firm";
    secretariat: "Genel sekreterlik", "General secretariat";
    roles: "Roller", "Roles";
    meanwhile: "Bu arada işinize yarayabilir", "Useful in the meantime";
    error_codes_about: "Beyanname yanıtlarındaki her hatanın anlamı ve çözümü.", "What each error in an answer means and how to mend it.";
    schemas_about: "Mesajların XML ve EDIFACT tanımları.", "The definitions of the messages in XML and EDIFACT.";

    // notices
    not_found_title: "Bu adreste bir sayfa yok", "There is no page at this address";
    not_found: "Adres yanlış yazılmış ya da sayfa taşınmış olabilir.", "The address may be mistyped, or the page may have moved.";
    not_allowed_title: "Bu sayfa size açık değil", "This page is not open to you";
    not_allowed: "Kod sorgulama; gümrük memurları, sekreterlik görevlileri ve sistem yöneticileri içindir. Bu kullanıcı koduyla açılamaz.", "Checking codes is for customs officers, secretariat staff and administrators. It cannot be opened with this user code.";
    no_such_method_title: "Bu sayfa böyle açılmaz", "This page does not open that way";
    no_such_method: "İstek bu adrese uygun değil. Sayfayı bağlantısından yeniden açın.", "The request does not suit this address. Open the page again by its link.";
    stale_form_title: "Form kabul edilmedi", "The form was not accepted";
    stale_form: "Form eskimiş ya da başka bir siteden gönderilmiş. Hiçbir şey değişmedi. Sayfayı yeniden açıp bir daha deneyin.", "The form is out of date, or was sent from another site. Nothing has changed. Open the page again and try once more.";
    unavailable_title: "Şu an yanıt veremiyoruz", "We cannot answer now";
    unavailable: "Kayıtlara ulaşılamıyor. Yaptıklarınız kaybolmadı. Birazdan yeniden deneyin.", "The records cannot be reached. Nothing that you did is lost. Try again shortly.";
    to_start: "Başlangıç sayfasına git", "Go to the start page";

    // the desk
    desk_title: "Kod sorgulama", "Code check";
    code: "Onay kodu", "Approval code";
    code_hint: "16 karakter. Küçük harf, boşluk ve tire fark etmez; O ile 0, I ile 1 aynıdır.", "16 characters. Case, spaces and hyphens do not matter; O counts as 0, I as 1.";
    check: "Sorgula", "Check";
    compare: "Beyannameyle karşılaştır", "Compare with declaration";
    compare_hint: "İkisi birlikte girilirse kodun bu beyannameye ait olup olmadığı denetlenir.", "With both, we check whether the code belongs to this declaration.";
    reference: "Beyanname referansı", "Declaration reference";
    exporter: "İhracatçı vergi no", "Exporter's tax number";
    keys: "Kısayol tuşları", "Shortcut keys";
    key_clear: "temizle", "clear";
    key_past: "öncekiler", "earlier";
    key_print: "yazdır", "print";
    keys_off: "Kısayolları kapat", "Shortcuts off";
    keys_on: "Kısayolları aç", "Shortcuts on";
    past: "Önceki sorgular", "Earlier checks";
    past_none: "Bu oturumda henüz sorgu yok.", "No check in this session yet.";
    past_about: "Yalnızca bu sekmede tutulur. Seçilen kod yeniden sorgulanır.", "Kept in this tab only. The code that you choose is checked anew.";
    verdict: "Sonuç", "Verdict";
    asking: "Sorgulanıyor…", "Checking…";
    code_missing: "Kodu yazın ya da okutun.", "Type or scan the code.";

    decide: "Kendi kararınız", "Your own decision";
    decide_about: "Bu bilgisayarda saklanır; kayıtlara ulaşılınca kullanıcı kodunuz ve zamanıyla gönderilir.", "It is kept in this computer, and sent with your user code and the time once the records can be reached.";
    let_pass: "Geçirildi", "Let pass";
    hold_back: "Bekletildi", "Held back";
    decision_note: "Not", "Note";
    decision_keep: "Kararı kaydet", "Note the decision";
    decision_kept: "Karar saklandı.", "The decision is kept.";
    decision_missing: "Geçirildi ya da Bekletildi seçin.", "Choose let pass or held back.";

    // verdicts: the word, the sentence, what to do
    word_valid: "GEÇERLİ", "VALID";
    word_invalid: "GEÇERSİZ", "NOT VALID";
    word_unknown: "ŞU AN BİLİNEMİYOR", "CANNOT TELL NOW";
    word_mistyped: "KODA YENİDEN BAKIN", "LOOK AT THE CODE AGAIN";
    word_tax_number: "VERGİ NUMARASINA BAKIN", "LOOK AT THE TAX NUMBER";
    tag_used: "Tescilde kullanıldı", "Used in a registration";
    tag_not_compared: "Beyannameyle karşılaştırılmadı", "Not compared with a declaration";

    valid: "Kod bu beyannameye ait. Henüz tescilde kullanılmadı.", "The code belongs to this declaration. It has not been used in a registration yet.";
    valid_do: "İşleme devam edebilirsiniz.", "You may proceed.";
    valid_alone: "Kod geçerli. Beyannameyle eşleşmesi denetlenmedi.", "The code is valid. Whether it belongs to the declaration was not checked.";
    valid_half: "Kod geçerli, girilen bilgi de uyuyor. Tam eşleşme denetlenmedi: referans ve ihracatçı vergi no birlikte gerekir.", "The code is valid, and what was entered agrees. The full match was not checked: reference and exporter's tax number are needed together.";
    valid_alone_do: "Referansı ve ihracatçı vergi numarasını girin ya da aşağıdaki birlik kayıt numarasını elinizdeki beyannameyle karşılaştırın.", "Enter the reference and the exporter's tax number, or compare the union record number below with the declaration in your hand.";
    valid_used: "Kod bu beyannameye ait ve tescilde kullanılmış.", "The code belongs to this declaration and has been used in its registration.";
    valid_used_alone: "Kod gerçek ve bir tescilde kullanılmış. Beyannameyle eşleşmesi denetlenmedi.", "The code is genuine and has been used in a registration. Whether it belongs to the declaration was not checked.";
    valid_used_do: "Aşağıdaki tescil numarasını elinizdeki beyannameyle karşılaştırın. Aynı değilse işleme devam etmeyin.", "Compare the registration number below with the declaration in your hand. If it is another one, do not proceed.";
    wrong_declaration: "Kod gerçek, ama girilen beyannameye ait değil.", "The code is genuine, but does not belong to the declaration entered.";
    wrong_declaration_do: "Önce girdiğiniz referansa ve vergi numarasına bakın. Doğruysa işleme devam etmeyin; beyan sahibinden bu beyannamenin kendi kodunu isteyin.", "First look at the reference and the tax number that you entered. If they are right, do not proceed; ask the declarant for this declaration's own code.";
    superseded: "Bu kodun yerine yenisi verildi.", "This code was replaced by a new one.";
    superseded_do: "Bu kodla işlem yapmayın. Beyan sahibinden yeni kodu isteyin.", "Do not proceed with this code. Ask the declarant for the new one.";
    cancelled: "Bu onaydan vazgeçilmiş ya da onay iptal edilmiş.", "This approval was withdrawn or cancelled.";
    cancelled_do: "Bu kodla işlem yapmayın. İhracat yapılacaksa beyan sahibi yeni bir onay almalı.", "Do not proceed with this code. If the goods are to be exported, the declarant needs a new approval.";
    expired: "Kodun süresi dolmuş.", "The code's term has ended.";
    expired_do: "Bu kodla işlem yapmayın. Beyan sahibi birliğinden yeni bir onay almalı.", "Do not proceed with this code. The declarant needs a new approval from its union.";
    not_issued: "Böyle bir kod hiç verilmedi.", "No such code was ever issued.";
    not_issued_do: "Kodu belgeden bir kez daha okuyun. Yine aynı kodsa işleme devam etmeyin ve amirinize bildirin.", "Read the code from the paper once more. If it is the same, do not proceed, and tell your superior.";
    mistyped_at: "{n}. karaktere bakın.", "Look at character {n}.";
    mistyped_length: "Kod 16 karakterdir; yazılan karakter sayısı: {n}.", "A code has 16 characters; characters typed: {n}.";
    mistyped_letter: "Kodlarda bulunmayan bir karakter var: {letter}", "There is a character that no code has: {letter}";
    mistyped_checks: "Karakterler birbirini tutmuyor; birden çok yerde hata olabilir.", "The characters do not agree; there may be more than one error.";
    mistyped_do: "Belgedeki kodla karşılaştırın. Yazım hatası yanlış kod sayılmaz ve kodun geçersiz olduğunu göstermez.", "Compare it with the code on the paper. A typing error does not count as a wrong code, and does not mean that the code is not valid.";
    tax_number_form: "İhracatçı vergi no 10 haneli (VKN) ya da 11 haneli (T.C. kimlik no) olmalı.", "The exporter's tax number has 10 digits (VKN), or 11 (Turkish identity number).";
    tax_number_digit: "İhracatçı vergi numarasının denetim hanesi tutmuyor.", "The check digit of the exporter's tax number does not agree.";
    tax_number_do: "Vergi numarasını beyannameyle karşılaştırın. Kod henüz sorgulanmadı.", "Compare the tax number with the declaration. The code has not been checked yet.";
    unknown: "Kayıtlara ulaşılamadı. Bu, geçersiz demek değildir.", "The records could not be reached. This does not mean that the code is not valid.";
    unknown_do: "Birkaç saniye sonra yeniden sorgulayın. Sürerse idarenizin kesinti usulünü uygulayın.", "Check again in a few seconds. If it goes on, follow your office's procedure for outages.";

    // facts about an approval
    kind: "Onay şekli", "Kind of approval";
    kind_current_account: "Cari hesap", "Current account";
    kind_card: "Kredi kartı", "Credit card";
    kind_cash: "Nakit", "Cash";
    kind_paper: "Kâğıt üzerinde onay", "Approval on paper";
    kind_free: "Ücretsiz", "Free of fee";
    approved_at: "Onay zamanı", "Approved at";
    record_no: "Birlik kayıt no", "Union record number";
    registration_no: "Tescil no", "Registration number";
    valid_until: "Son geçerlilik günü", "Valid until";
    ended_at: "Vazgeçme ya da iptal zamanı", "Withdrawn or cancelled at";
    bound: "Beyannameyle eşleşme", "Match with the declaration";
    bound_yes: "Denetlendi, uyuyor", "Checked, agrees";
    key: "Kodun anahtarı", "Key of the code";
    key_leaked: "Sızdı: başkaları da kod üretebilir. Yukarıdaki sonuç kayda dayanır.", "Leaked: others can make codes too. The result above rests on the register.";
    bound_no: "Denetlenmedi", "Not checked";
    compared_with: "Karşılaştırılan", "Compared with";
    fix_entries: "Girilenleri düzelt", "Correct what was entered";
    enter_declaration: "Beyanname bilgilerini gir", "Enter the declaration's details";
    asked_at: "Sorgulama zamanı", "Checked at";
    asked_by: "Sorgulayan", "Checked by";
}

/// A commodity code as customs prints it, `8471.30.00.00.00`; what is none stays as it is.
pub(crate) fn gtip(digits: &str) -> String {
    match (digits.get(..4), digits.get(4..)) {
        (Some(chapter), Some(rest)) if digits.len() == 12 && digits.is_ascii() => {
            let pairs: Vec<&str> = (0..4).filter_map(|pair| rest.get(2 * pair..2 * pair + 2)).collect();
            format!("{chapter}.{}", pairs.join("."))
        }
        _ => digits.to_owned(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Every text is there, trimmed, with the same places to fill; Turkish has its own letters and no suffix hangs on a
    /// value; English has none of them.
    pub(crate) fn hold_together(all: &[(&str, &str, &str)]) {
        for (name, turkish, english) in all {
            for text in [turkish, english] {
                assert!(!text.trim().is_empty() && text.trim() == *text, "{name}");
            }
            assert_eq!(places(turkish), places(english), "{name}");
            for part in turkish.split('}').skip(1) {
                let next = part.chars().next();
                assert!(!next.is_some_and(|next| next.is_alphabetic() || "'’".contains(next)), "{name}: {turkish}");
            }
            let foreign: String =
                english.chars().filter(|letter| letter.is_alphabetic() && !letter.is_ascii()).collect();
            assert!(foreign.is_empty(), "{name}: {foreign}");
        }
    }

    fn places(text: &str) -> Vec<String> {
        let mut names: Vec<_> =
            text.split('{').skip(1).filter_map(|part| part.split('}').next().map(str::to_owned)).collect();
        names.sort();
        names
    }

    #[test]
    fn the_address_goes_before_the_browser_and_turkish_before_english() {
        assert_eq!(Language::asked_for(Some("kod=1&lang=en")), Some(Language::English));
        assert_eq!(Language::asked_for(Some("lang=de")), None);
        assert_eq!(Language::asked_for(None), None);
        let check = |header: &str, expected| assert_eq!(Language::accepted(Some(header)), expected, "{header}");
        check("", Language::Turkish);
        check("de-DE, fr;q=0.5", Language::Turkish);
        check("en-GB,en;q=0.9,tr;q=0.8", Language::English);
        check("tr-TR,tr;q=0.9,en-US;q=0.8", Language::Turkish);
        check("de, tr;q=0.5, en;q=0.5", Language::Turkish);
        check("tr;q=0.1, EN;q=0.25", Language::English);
        check("en;q=0", Language::Turkish);
        assert_eq!(Language::accepted(None), Language::Turkish);
    }

    /// Turkish rules: date, time zone.
    #[test]
    fn times_are_those_of_clocks_in_turkey() {
        assert_eq!(time("2026-11-20T21:05:59Z".parse().unwrap()), "21.11.2026 00:05");
        assert_eq!(day("2026-01-02".parse().unwrap()), "02.01.2026");
        assert_eq!(parse_day(" 2.1.2026"), Some("2026-01-02".parse().unwrap()));
        for wrong in ["", "2026-01-02", "31.02.2026", "1.1.26", "1.1.2026.1", "yarın"] {
            assert_eq!(parse_day(wrong), None, "{wrong}");
        }
    }

    /// Turkish rules: money.
    #[test]
    fn sums_are_written_as_in_each_language() {
        let check = |kurus: i64, language, expected: &str| {
            assert_eq!(lira(Money::from_kurus(kurus).unwrap(), language), expected);
        };
        check(5, Language::Turkish, "0,05 TL");
        check(123_456_789, Language::Turkish, "1.234.567,89 TL");
        check(123_456_789, Language::English, "1,234,567.89 TL");
        check(12_300, Language::Turkish, "123,00 TL");
    }

    #[test]
    fn a_value_is_filled_in() {
        assert_eq!(fill(Texts::TURKISH.mistyped_at, "n", 9), "9. karaktere bakın.");
    }

    #[test]
    fn a_commodity_code_is_written_as_customs_prints_it() {
        assert_eq!(gtip("847130000000"), "8471.30.00.00.00");
        assert_eq!((gtip("8471"), gtip("ş4713000000")), ("8471".to_owned(), "ş4713000000".to_owned()));
        assert_eq!((gtip("84"), gtip("şş71300")), ("84".to_owned(), "şş71300".to_owned()));
    }
}
