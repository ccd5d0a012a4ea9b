//! The sentences of the staff's pages.

use crate::text::{Language, words};
use ebirlik_domain::decision::ApprovalKind;
use ebirlik_domain::state::State;
use ebirlik_store::cases::CaseKind;

/// The colour and the word of a state.
pub(super) fn state(state: State, words: &Words) -> (&'static str, &'static str) {
    match state {
        State::WaitingPayment => ("warn", words.waiting_payment),
        State::AtDesk => ("warn", words.at_desk),
        State::Approved => ("good", words.approved),
        State::Registered => ("good", words.registered),
        State::Withdrawn => ("bad", words.withdrawn),
        State::Cancelled => ("bad", words.cancelled),
    }
}

/// What a case does.
pub(super) fn case_kind(kind: CaseKind, words: &Words) -> &'static str {
    match kind {
        CaseKind::Release => words.release,
        CaseKind::Cancel => words.cancel,
        CaseKind::Correct => words.correct,
        CaseKind::Refund => words.refund,
        CaseKind::Rebind => words.rebind,
    }
}

/// A queue, or a list of the monthly match.
pub(super) fn queue(name: &str, words: &Words) -> &'static str {
    match name {
        "desk" => words.desk,
        "applications" => words.applications,
        "powers" => words.powers,
        "cases" => words.cases,
        "bank" => words.bank_lines,
        "without_approval" => words.without_approval,
        "never_registered" => words.never_registered,
        _ => words.differs,
    }
}

/// A field of the monthly match.
pub(super) fn field(name: &str, words: &Words) -> Option<&'static str> {
    Some(match name {
        "code" => words.code,
        "exporter" => words.exporter,
        "declarant" => words.declarant,
        "ref" => words.reference,
        "invoice_total" => words.invoice_total,
        "currency" => words.currency,
        "gtips" => words.gtip,
        "registration_no" => words.registration_no,
        "state" => words.state,
        _ => return None,
    })
}

/// What happened; kinds without a word here are shown as they are stored.
pub(super) fn happening(kind: &str, words: &Words) -> Option<&'static str> {
    Some(match kind {
        "declaration.recorded" => words.was_recorded,
        "declaration.approved" => words.was_approved,
        "declaration.withdrawn" => words.was_withdrawn,
        "declaration.released" => words.was_released,
        "declaration.cancelled" => words.was_cancelled,
        "declaration.corrected" => words.was_corrected,
        "declaration.paper_attached" => words.was_attached,
        "fee.refunded" => words.was_refunded,
        "customs.registered" => words.was_registered,
        "customs.registered_anew" => words.was_rebound,
        "customs.exited" => words.has_left,
        "case.opened" => words.case_opened,
        "case.refused" => words.case_refused,
        "account.deposited" => words.was_deposited,
        "account.choice_changed" => words.choice_changed,
        "bank.set_aside" => words.was_set_aside,
        "reconciliation.owned" => words.row_owned,
        "reconciliation.settled" => words.row_settled,
        "power.recorded" => words.power_recorded,
        "desk.let_pass" => words.was_let_pass,
        "desk.held_back" => words.was_held_back,
        _ => return None,
    })
}

words! {
    Words;
    // landing
    title: "Sekreterlik işleri", "The secretariat's work";
    lede: "Bekleyen işler, en eskisiyle birlikte. Bir satıra girince o işin listesi açılır.", "What waits, with the oldest of each. A row leads to its list.";
    queue: "İş", "Work";
    count: "Bekleyen", "Waiting";
    oldest: "En eskisi", "The oldest";
    age: "Yaşı", "Age";
    days: "{n} gün", "{n} days";
    hours: "{n} saat", "{n} hours";
    nothing: "Bekleyen yok", "Nothing waits";
    desk: "Onay masası", "Approval desk";
    applications: "Üyelik başvuruları", "Membership applications";
    powers: "Vekaletname onayları", "Powers of attorney to review";
    cases: "İkinci kişiyi bekleyen işlemler", "Acts that wait for a second person";
    bank_lines: "Eşleşmeyen banka satırları", "Unmatched bank lines";
    without_approval: "Mutabakat: onaysız tescil", "Match: registered without approval";
    never_registered: "Mutabakat: tescil edilmemiş onay", "Match: approved, never registered";
    differs: "Mutabakat: farklı tescil", "Match: registered otherwise";
    // shared
    reference: "Beyanname referansı", "Declaration's reference";
    declarant: "Beyan sahibi", "Declarant";
    exporter: "Gönderici", "Exporter";
    title_of_firm: "Unvan", "Title";
    state: "Durum", "State";
    version: "Sürüm", "Version";
    received: "Geliş zamanı", "Came at";
    amount: "Tutar", "Amount";
    kind: "İşlem", "Act";
    reason: "Gerekçe", "Reason";
    proof: "Dayanak belge", "Paper";
    by: "Yapan", "By";
    when: "Zaman", "When";
    all: "Hepsi", "All";
    back: "Geri dön", "Go back";
    check_title: "Bilgileri kontrol edin", "Check before you confirm";
    check_lede: "Henüz hiçbir şey yapılmadı. Doğruysa onaylayın, değilse geri dönüp düzeltin.", "Nothing has been done yet. Confirm if it is right, else go back and change it.";
    go_on: "Kontrol et", "Check";
    in_name_of: "{secretariat} adına", "In the name of {secretariat}";
    too_long: "Gönderilen dosya ya da metin çok büyük.", "What was sent is too large.";
    waiting_payment: "Ödeme bekliyor", "Waits for payment";
    at_desk: "Onay masasında", "At the desk";
    approved: "Onay", "Approved";
    registered: "Tescil edildi", "Registered";
    withdrawn: "Vazgeç", "Withdrawn";
    cancelled: "İptal", "Cancelled";
    // desk and look-up
    desk_lede: "Kayda bağlı mallar: bir görevli içeriğe bakar, geçmesine izin verir ya da gerekçeyle reddeder.", "Watched goods: somebody looks at the content, lets it pass or refuses it with a reason.";
    desk_none: "Onay masasında bekleyen beyanname yok.", "No declaration waits at the desk.";
    find_title: "Beyanname bul", "Find a declaration";
    find_what: "Referans, onay kodu, birlik kayıt no ya da tescil no", "Reference, approval code, union record number or registration number";
    find_tax: "Beyan sahibinin ya da göndericinin vergi no", "Tax number of the declarant or the exporter";
    find_hint: "Referans tek başına müşavirlerin beyannamelerinde aranır. Kendi adına beyanda bulunan ihracatçı için vergi numarasını da yazın.", "A reference alone is looked for among brokers' declarations. For an exporter that declares for itself, give its tax number too.";
    find: "Bul", "Find";
    find_none: "Sekreterliğinizde böyle bir beyanname yok.", "Your secretariat has no such declaration.";
    // the story
    code: "Onay kodu", "Approval code";
    record_no: "Birlik kayıt no", "Union record number";
    registration_no: "Tescil no", "Registration number";
    approved_at: "Onay zamanı", "Approved at";
    approval_kind: "Onay şekli", "Kind of approval";
    valid_until: "Son geçerlilik günü", "Valid until";
    ended_at: "Bitiş zamanı", "Ended at";
    fee: "Nispi aidat", "Fee";
    fee_today: "Bugünkü nispi aidat", "Fee as of today";
    refunded: "İade edilen", "Given back";
    content: "Beyanname içeriği", "Content";
    regime: "Rejim", "Regime";
    office: "Gümrük idaresi", "Customs office";
    destination: "Gideceği ülke", "Destination";
    delivery_term: "Teslim şekli", "Delivery term";
    invoice: "Toplam fatura", "Invoice total";
    invoice_total: "Toplam fatura tutarı", "Invoice total amount";
    currency: "Döviz", "Currency";
    freight: "Navlun", "Freight";
    insurance: "Sigorta", "Insurance";
    items: "Kalemler", "Items";
    items_cut: "İlk {n} kalem gösteriliyor.", "The first {n} items are shown.";
    item: "Kalem", "Item";
    gtip: "GTİP", "Commodity code";
    weight: "Net ağırlık (kg)", "Net weight (kg)";
    sector: "Sektör", "Sector";
    versions: "Sürümler", "Versions";
    sent_by: "Gönderen", "Sent by";
    field: "Alan", "Field";
    before: "Önceki", "Before";
    after: "Sonraki", "After";
    history: "Sekreterliğin işlemleri", "What the secretariat did";
    history_none: "Sekreterlik bu beyannamede bir işlem yapmadı.", "The secretariat did nothing to this declaration.";
    decided_by: "Karar veren", "Decided by";
    receipts: "Makbuzlar", "Receipts";
    receipts_none: "Makbuz yok.", "No receipts.";
    paper_a4: "A4", "A4";
    paper_roll: "80 mm", "80 mm";
    acts: "İşlemler", "Acts";
    done: "İşlem yapıldı.", "Done.";
    done_open: "İşlem kaydedildi. İkinci bir kişinin kararını bekliyor; o zamana kadar hiçbir şey değişmez.", "The act is recorded. It waits for a second person's decision; nothing changes until then.";
    done_refused: "İkinci kişi işlemi reddetti. Hiçbir şey değişmedi.", "The second person refused the act. Nothing has changed.";
    entered: "Giriş yapıldı. Aşağıdaki durum beyannamenin şu anki durumudur.", "It was entered. How the declaration stands now is told below.";
    open: "İkinci kişiyi bekliyor", "Waits for a second person";
    state_done: "Yapıldı", "Done";
    state_refused: "Reddedildi", "Refused";
    // acts
    release: "Masadan geçir", "Let it pass the desk";
    refuse: "Reddet", "Refuse";
    cancel: "İptal et", "Cancel";
    correct: "Düzelt", "Correct";
    refund: "Aidatı iade et", "Give the fee back";
    rebind: "Tescil numarasını değiştir", "Change the registration number";
    release_lede: "Beyanname kaldığı yerden devam eder: hesap yeterliyse onaylanır, değilse ödeme bekler.", "The declaration goes on from here: it is approved if the account can pay, else it waits for payment.";
    refuse_lede: "Masadaki beyanname iptal edilir; beyan sahibi gerekçeyi görür. Aidat alınmamıştır.", "The declaration at the desk is cancelled; the declarant sees the reason. No fee was taken.";
    cancel_lede: "Onay kodu hemen geçersiz olur. Alınan aidat, iadesine karar verilene kadar durur.", "The code is dead at once. The fee stays until its refund is decided.";
    correct_lede: "Beyannamenin olması gereken hali bütünüyle girilir. Onay gününün kurallarıyla yeniden hesaplanır; fark alınır ya da iade edilir.", "The declaration as it should have been is entered whole. It is priced by the rules of the day of approval; the difference is charged or returned.";
    refund_lede: "Aidatın tamamı ya da bir kısmı geri verilir: onaydan itibaren altı ay içinde, ihracatın gerçekleşmediğini gösteren belgeyle.", "The fee or a part of it goes back: within six months of the approval, with proof that the export did not take place.";
    rebind_lede: "Gümrük tescil numarası değiştiyse onay yeni numaraya bağlanır.", "When customs' number has changed, the approval is bound to the new one.";
    reason_hint: "Firma bu gerekçeyi görür.", "The firm sees this reason.";
    proof_hint: "Dilekçe ya da resmi yazının tarihi ve sayısı.", "Date and number of the petition or the official letter.";
    refund_amount: "İade edilecek tutar", "Amount to give back";
    refund_amount_hint: "Boş bırakılırsa kalanın tamamı. Örnek: 1.234,56", "All that is left where it is empty. Example: 1.234,56";
    refund_by: "Başvuran", "Who applied";
    refund_on: "Başvuru günü", "Day of the application";
    refund_on_hint: "gg.aa.yyyy; boş bırakılırsa bugün.", "dd.mm.yyyy; today where it is empty.";
    refund_confirmation: "İhracatın gerçekleşmediğini gösteren belge", "What confirms that the export did not take place";
    bad_amount: "Tutarı 1.234,56 biçiminde yazın.", "Write the amount as 1.234,56.";
    bad_day: "Günü gg.aa.yyyy biçiminde yazın.", "Write the day as dd.mm.yyyy.";
    new_registration: "Yeni tescil no", "New registration number";
    message: "Mesaj (XML ya da EDIFACT)", "Message (XML or EDIFACT)";
    message_hint: "Gümrük programının verdiği mesajı yapıştırın ya da dosyasını seçin. En çok 1 MB.", "Paste the message as the customs program gives it, or choose its file. 1 MB at most.";
    message_file: "Mesaj dosyası", "File of the message";
    message_missing: "Mesajı yapıştırın ya da dosyasını seçin.", "Paste the message or choose its file.";
    fee_before: "Alınan aidat", "Fee as charged";
    fee_after: "Düzeltilmiş aidat", "Fee as corrected";
    charged: "Alınacak fark", "Difference to be charged";
    returned: "Geri verilecek fark", "Difference to be returned";
    no_difference: "Aidat değişmiyor", "The fee stays the same";
    code_stays: "Aynı kalır", "Stays the same";
    code_changes: "Yeni kod verilir; eski kod geçersiz olur", "A new code is issued; the old one is superseded";
    changes: "Değişenler", "What changes";
    changes_none: "İçerikte değişen bir şey yok.", "Nothing in the content changes.";
    second_person: "Bu tutar için ikinci bir kişinin onayı gerekir.", "This sum needs a second person's decision.";
    findings: "Mesajdaki sorunlar", "What is wrong with the message";
    finding_code: "Kod", "Code";
    finding_place: "Yer", "Place";
    finding_what: "Sorun", "Problem";
    finding_remedy: "Çözüm", "Remedy";
    // cases
    cases_title: "İkinci kişiyi bekleyen işlemler", "Acts that wait for a second person";
    cases_lede: "Sınırı aşan işlemlere, öneren dışında bir kişi karar verir.", "Acts above the limit are decided by somebody other than who proposed them.";
    cases_none: "Bekleyen işlem yok.", "No act waits.";
    proposed_by: "Öneren", "Proposed by";
    proposed_at: "Önerildiği zaman", "Proposed at";
    decision: "Karar", "Decision";
    decision_reason: "Kararın gerekçesi", "Reason of the decision";
    decision_hint: "Reddederken gereklidir.", "Needed for a refusal.";
    confirm: "Onayla ve yap", "Confirm and do it";
    yours: "Bu işlemi siz önerdiniz; kararı bir başkası verir.", "You proposed this act; somebody else decides.";
    decided_already: "Bu işleme karar verildi.", "This act was decided.";
    // bank
    bank_title: "Banka ekstreleri", "Bank statements";
    bank_lede: "MT940 ya da CSV ekstresi yüklenir. Aynı dosya iki kez yüklenirse hiçbir şey değişmez.", "Upload a statement, MT940 or CSV. The same file twice changes nothing.";
    statement_file: "Ekstre dosyası", "Statement file";
    file_hint: "En çok {n} MB.", "{n} MB at most.";
    file_missing: "Bir dosya seçin.", "Choose a file.";
    upload: "Yükle", "Upload";
    imported: "Ekstre işlendi. Hesaba geçen: {booked}. Karar bekleyen: {unmatched}. Önceden bilinen: {before}. Çıkış satırı: {outgoing}. Onaylanan beyanname: {released}.", "The statement was taken in. Booked: {booked}. To decide: {unmatched}. Known before: {before}. Outgoing: {outgoing}. Declarations approved: {released}.";
    bank_none: "Karar bekleyen satır yok.", "No line waits for a decision.";
    booked_on: "Banka günü", "Bank's day";
    bank_reference: "Banka referansı", "Bank's reference";
    bank_text: "Açıklama", "Text";
    line_title: "Banka satırı", "Bank line";
    line_tax: "Hesabın sahibi (vergi no)", "Owner of the account (tax number)";
    line_book: "Hesaba geç", "Book to the account";
    line_aside: "Kenara ayır", "Set aside";
    line_aside_about: "Para yatırma değilse kenara ayrılır; hiçbir hesap değişmez.", "Where it is no deposit it is set aside; no account changes.";
    line_account: "Hesap", "Account";
    line_no_account: "Bu firmanın sekreterliğinizde cari hesabı yok.", "This firm has no current account at your secretariat.";
    line_booked: "Satır hesaba geçti.", "The line was booked.";
    line_set_aside: "Satır kenara ayrıldı.", "The line was set aside.";
    // the monthly match
    match_title: "Gümrükle mutabakat", "Match with customs";
    match_lede: "Gümrüğün aylık tescil dosyası onaylarla karşılaştırılır; üç liste farkları gösterir. Aynı dosya iki kez yüklenirse hiçbir şey değişmez.", "Customs' registrations of a month are laid beside the approvals; three lists tell the differences. The same file twice changes nothing.";
    match_file: "Tescil dosyası (CSV ya da XML)", "File of registrations (CSV or XML)";
    month: "Ay", "Month";
    month_hint: "yyyy-aa; boş bırakılırsa dosyadan alınır.", "yyyy-mm; taken from the file where it is empty.";
    bad_month: "Ayı 2026-11 biçiminde yazın.", "Write the month as 2026-11.";
    matched: "Dosya karşılaştırıldı. Satır: {rows}. Önceden bilinen: {known}. Uyan: {matched}. Onaysız tescil: {without}. Tescil edilmemiş onay: {never}. Farklı: {differing}.", "The file was compared. Rows: {rows}. Known before: {known}. Agreeing: {matched}. Without approval: {without}. Never registered: {never}. Differing: {differing}.";
    matching: "Dosya alındı, karşılaştırma sürüyor. Listeler birazdan yenilenir.", "The file was taken in and is being compared. The lists follow shortly.";
    match_none: "Açık fark yok.", "No open difference.";
    list: "Liste", "List";
    owner: "Sorumlu", "Owner";
    nobody: "Kimse", "Nobody";
    found_at: "Bulunma zamanı", "Found at";
    age_days: "Gün", "Days";
    fields_differing: "Farklı alanlar", "Fields that differ";
    row_open: "Açık", "Open";
    row_closed: "Kapandı", "Settled";
    row_title: "Mutabakat satırı", "Row of the match";
    at_customs: "Gümrükteki", "At customs";
    ours: "Birlikteki", "Ours";
    take: "Üstüme al", "Take it on";
    give: "Başkasına ver", "Give it to";
    give_to: "Kime", "To whom";
    settle: "Kapat", "Settle";
    letter: "Firmaya yazı (PDF)", "Letter to the firm (PDF)";
    row_is_settled: "Bu satır kapandı. Gerekçe: {reason}", "This row is settled. Reason: {reason}";
    to_declaration: "Beyannameye git", "Go to the declaration";
    // counter
    counter_title: "Vezne", "Counter";
    counter_lede: "Getirilen beyanname girilir; ödeme nakit alınır ya da onay kâğıt üzerinde verilir. Denetim, hesap ve kod herkesinkiyle aynıdır.", "Enter a declaration that was brought to you; the fee is taken in cash, or the approval goes with the paper. Checks, price and code are the same as for everybody.";
    counter_kind: "Ödeme", "Payment";
    cash: "Nakit", "Cash";
    paper: "Kâğıt üzerinde onay", "Approval on paper";
    fill_in: "Elle doldur", "Fill it in by hand";
    fill_in_about: "Mesaj yoksa zorunlu alanları doldurun. En çok {n} kalem; fazlası dosyayla girilir.", "Where there is no message, fill in what is required. {n} items at most; more come as a file.";
    to_collect: "Alınacak aidat", "Fee to be taken";
    enter_cash: "Nakit alındı, onayla", "Cash taken, approve";
    enter_paper: "Kâğıt üzerinde onayla", "Approve on paper";
    known_before: "Bu beyanname daha önce onaylanmış; yeniden para alınmaz.", "This declaration was approved before; no cash is due.";
    // who did what
    search_title: "Kim, ne, ne zaman", "Who did what, and when";
    search_lede: "Sekreterliğinizde olanlar, yeniden eskiye. Günler verilmezse son yedi güne bakılır.", "What happened in your secretariat, the newest first. Without days, the last seven are looked at.";
    from: "İlk gün", "First day";
    to: "Son gün", "Last day";
    user: "Kullanıcı kodu", "User code";
    firm: "Firma vergi no", "Firm's tax number";
    search: "Ara", "Search";
    search_none: "Bakılan kayıtlarda uyan yok.", "Nothing among what was looked at.";
    older: "Daha eskiler", "Older ones";
    what: "Olay", "What happened";
    about: "Konu", "About";
    was_recorded: "Beyanname geldi", "Declaration came";
    was_approved: "Onaylandı", "Approved";
    was_withdrawn: "Vazgeçildi", "Withdrawn";
    was_released: "Masadan geçti", "Passed the desk";
    was_cancelled: "İptal edildi", "Cancelled";
    was_corrected: "Düzeltildi", "Corrected";
    was_attached: "Belge eklendi", "Paper attached";
    was_refunded: "Aidat iade edildi", "Fee given back";
    was_registered: "Gümrükte tescil edildi", "Registered at customs";
    was_rebound: "Tescil numarası değişti", "Registration number changed";
    has_left: "Mallar çıktı", "Goods left";
    case_opened: "İşlem önerildi", "Act proposed";
    case_refused: "İşlem reddedildi", "Act refused";
    was_deposited: "Hesaba para geçti", "Deposit booked";
    choice_changed: "Hesap seçimi değişti", "Account's choice changed";
    was_set_aside: "Banka satırı kenara ayrıldı", "Bank line set aside";
    row_owned: "Mutabakat satırının sorumlusu değişti", "Row of the match got an owner";
    row_settled: "Mutabakat satırı kapandı", "Row of the match settled";
    power_recorded: "Vekaletname kaydedildi", "Power recorded";
    was_let_pass: "Kod sorgulanamadı; memur geçirdi", "Code could not be checked; the officer let it pass";
    was_held_back: "Kod sorgulanamadı; memur bekletti", "Code could not be checked; the officer held it back";
}

/// How it was paid.
pub(super) fn approval_kind(kind: ApprovalKind, language: Language) -> &'static str {
    let text = language.texts();
    match kind {
        ApprovalKind::CurrentAccount => text.kind_current_account,
        ApprovalKind::Card => text.kind_card,
        ApprovalKind::Cash => text.kind_cash,
        ApprovalKind::Paper => text.kind_paper,
        ApprovalKind::Free => text.kind_free,
    }
}
