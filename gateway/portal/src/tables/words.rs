//! What the pages of tables and their changes say.

use crate::text::words;

words! {
    Words;
    title: "Tablolar ve kütükler", "Tables and registers";
    lede: "Tarihli tablolar ve kütükler iki kişiyle değişir: biri önerir, başka biri onaylar.", "Dated tables and registers change by two people: one proposes, another confirms.";
    waiting: "İkinci kişiyi bekleyen öneriler", "Proposals that wait for a second person";
    none_waiting: "Bekleyen öneri yok.", "No proposal waits.";
    decided: "Son kararlar", "Latest decisions";
    table: "Tablo", "Table";
    proposed_by: "Öneren", "Proposed by";
    proposed_at: "Öneri zamanı", "Proposed at";
    reason: "Gerekçe", "Reason";
    state: "Durum", "State";
    look: "İncele", "Look";
    none: "Bu süzgeçle satır bulunamadı.", "No row is found with this filter.";
    propose: "Değişiklik öner", "Propose a change";
    change_row: "Değiştir", "Change";
    act: "İşlem", "Action";
    valid_on: "Geçerli olduğu gün", "Holds on";
    key_filter: "Anahtar", "Key";
    firm_filter: "Unvan ya da vergi numarası", "Title or tax number";
    not_a_day: "Günü 21.11.2026 biçiminde yazın.", "Write the day as 21.11.2026.";
    firm_title: "Unvan", "Title";
    holds: "Geçerli", "Holds";
    ended: "Bitti", "Ended";
    begins: "Başlayacak", "Will begin";

    memberships_title: "Birlik üyelikleri", "Memberships in unions";
    memberships_lede: "Firmanın unvanıyla ya da vergi numarasıyla arayın. Üyelik, ikinci bir kişinin onayıyla başlar ve biter.", "Search by the firm's title or tax number. A membership begins and ends with a second person's word.";
    propose_membership: "Yeni üyelik öner", "Propose a membership";
    active: "Aktif", "Active";
    passive: "Pasif", "Passive";

    form_lede: "Yeni bir ilk gün verirseniz o günü kapsayan eski satır bir gün önce kendiliğinden biter.", "Where you give a new first day, the old row that covers it ends the day before by itself.";
    row: "Satır {n}", "Row {n}";
    add_row: "Bir satır daha", "One more row";
    go_on: "Önizle", "Preview";
    optional: "boş bırakılabilir", "may be left empty";
    reason_hint: "Karar, yazı ya da dilekçenin günü ve sayısı.", "Day and number of the decision, letter or petition.";
    check_title: "Öneriyi denetleyin", "Check the proposal";
    check_lede: "Henüz hiçbir şey değişmedi. Önerdiğinizde başka bir kişinin onayı beklenir.", "Nothing has changed yet. Once you propose it, another person's word is awaited.";
    send: "İkinci kişinin onayına gönder", "Send to a second person";
    edit: "Düzelt", "Edit";
    rows: "Yazılacak satırlar", "Rows to be written";
    before: "Şimdiki satırlar", "Rows as they stand";
    before_then: "Öneri verildiğinde duran satırlar", "Rows as they stood when it was proposed";
    none_before: "Bu anahtarla satır yok.", "There is no row of this key.";
    what: "Ne olur", "What happens";
    is_new: "Yeni", "New";
    changes: "Değişir", "Changes";
    ends: "Son günü değişir", "Its last day changes";

    preview: "Geçmiş beyannamelerle önizleme", "Preview on past declarations";
    preview_day: "Hesap günü", "Judged as of";
    preview_judged: "Hesaplanan onay", "Approvals judged";
    preview_looked: "Bakılan onay", "Approvals looked through";
    preview_since: "En eskisi", "The oldest of them";
    preview_differ: "Sonucu değişen", "With another outcome";
    preview_fee: "Nispi aidat toplamı", "Sum of fees";
    preview_refused: "Reddedilecek", "Would be refused";
    preview_desk: "Onay masasında bekleyecek", "Would wait at the desk";
    preview_now: "Şimdiki tabloyla", "As the table is";
    preview_then: "Değişiklikten sonra", "After the change";
    preview_largest: "En büyük farklar", "Largest differences";
    preview_none: "Bu tablo hiçbir onayın sonucunu değiştirmez.", "This table changes the outcome of no approval.";
    preview_same: "Bakılan onayların hiçbirinin sonucu değişmez.", "None of the approvals looked through comes out otherwise.";
    reference: "Referans", "Reference";
    declarant: "Beyan sahibi", "Declarant";
    refused_with: "Ret: {codes}", "Refused: {codes}";
    no_rate: "Ret: bu güne ait oran yok", "Refused: no rate on this day";
    at_desk_too: "{fee}, onay masasında", "{fee}, at the desk";
    for_days: "{outcome}, {days} gün geçerli", "{outcome}, valid for {days} days";

    change_title: "Değişiklik önerisi {n}", "Proposal {n}";
    is_open: "İkinci kişiyi bekliyor", "Waits for a second person";
    is_confirmed: "Onaylandı, satırlar yazıldı", "Confirmed, its rows are written";
    is_refused: "Reddedildi", "Refused";
    is_withdrawn: "Geri alındı", "Withdrawn";
    decided_by: "Karar veren", "Decided by";
    decided_at: "Karar zamanı", "Decided at";
    decision_reason: "Kararın gerekçesi", "Reason of the decision";
    own: "Bu öneri sizin. Onu başka bir kişi onaylar ya da reddeder.", "This proposal is yours. Another person confirms or refuses it.";
    confirm_title: "İkinci kişinin kararı", "The second person's word";
    confirm_lede: "Onaylarsanız satırlar hemen yazılır ve geçmişleriyle saklanır.", "If you confirm, the rows are written at once and kept with their history.";
    second_person: "İkinci kişi", "Second person";
    confirm: "Onayla", "Confirm";
    refuse: "Reddet", "Refuse";
    refuse_reason: "Ret gerekçesi", "Reason of the refusal";
    withdraw: "Öneriyi geri al", "Take the proposal back";
    all_tables: "Bütün tablolar", "All tables";

    no_reason: "Gerekçeyi yazın; en çok 1.000 harf.", "Write the reason; 1,000 letters at most.";
    empty: "En az bir satır doldurun.", "Fill in one row at least.";
    too_many: "Bir öneride en çok 50 satır olur; daha fazlasını dosyayla yükleyin.", "A proposal has 50 rows at most; import more from a file.";
    nothing_new: "Bu satırlar zaten böyle duruyor.", "These rows stand so already.";
    second_needed: "Kendi önerinizi onaylayamaz ya da reddedemezsiniz; başka bir kişi gerekir.", "You can neither confirm nor refuse your own proposal; another person has to.";
    not_proposer: "Öneriyi yalnızca veren geri alabilir.", "Only who made a proposal can take it back.";
    decided_before: "Bu öneri hakkında daha önce karar verilmiş.", "This proposal was decided before.";
    changed_meanwhile: "Öneri verildikten sonra bu anahtarların satırları değişmiş. Öneriyi reddedip yenisini isteyin.", "Rows of these keys changed since it was proposed. Refuse it and ask for a new one.";
    awaits: "Bu anahtar için bekleyen bir öneri var: {n}. Önce onun kararı verilmeli.", "An open proposal has this key: {n}. It has to be decided first.";
    line_form: "{row}. satır, {column}: “{value}” olmaz. {hint}", "Row {row}, {column}: \"{value}\" does not do. {hint}";
    line_twice: "{row}. satır, {column}: başka bir satır aynı şeyi söylüyor.", "Row {row}, {column}: another row says the same.";
    line_overlap: "{row}. satır, {column}: aynı anahtarın başka bir satırı bu günlerde geçerli. O satırın son gününü de verin.", "Row {row}, {column}: another row of this key holds on these days. Give that row's last day too.";
    line_not_known: "{row}. satır, {column}: kütükte {value} numaralı firma yok.", "Row {row}, {column}: there is no firm {value} in the register.";
    line_other: "{row}. satır, {column}: {value} sizin genel sekreterliğinizin değil.", "Row {row}, {column}: {value} is not of your general secretariat.";
}
