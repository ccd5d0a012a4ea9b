//! What the pages about powers of attorney say.

use crate::text::{Language, words};
use ebirlik_operations::powers::PowerState;

/// A state's word and colour.
pub(super) fn state(state: PowerState, language: Language) -> (&'static str, &'static str) {
    let words = Words::of(language);
    match state {
        PowerState::Draft => ("", words.draft),
        PowerState::Waiting => ("warn", words.waiting),
        PowerState::Rejected => ("bad", words.rejected),
        PowerState::Cancelled => ("", words.cancelled),
        PowerState::Coming => ("warn", words.coming),
        PowerState::Holds => ("good", words.holds),
        PowerState::Frozen => ("bad", words.frozen),
        PowerState::Revoked => ("bad", words.revoked),
        PowerState::Ended => ("", words.ended),
    }
}

words! {
    Words;
    title: "Vekaletnameler", "Powers of attorney";
    given_lede: "Gümrük müşavirlerine verdiğiniz vekaletnameler ve incelenen başvurular.", "The powers that you gave to customs brokers, and applications under review.";
    held_lede: "Adına işlem yapabildiğiniz ihracatçıların vekaletnameleri ve incelenen başvurular.", "The powers of exporters for whom you may act, and applications under review.";
    none: "Vekaletname bulunamadı.", "No power of attorney was found.";
    define: "VEKALETNAME TANIMLA", "ADD A POWER OF ATTORNEY";
    activity: "Adıma yapılan işlemler", "What was done in my name";
    exporter: "İhracatçı", "Exporter";
    broker: "Gümrük müşaviri", "Customs broker";
    tax_no: "Vergi no", "Tax number";
    scope: "Kapsam", "Scope";
    everywhere: "Bütün genel sekreterlikler", "All general secretariats";
    from: "İlk gün", "First day";
    to: "Son gün", "Last day";
    no_end: "Süresiz", "No end";
    state: "Durum", "State";
    made_at: "Gönderilme", "Sent";
    search: "Unvan ya da vergi no", "Title or tax number";

    draft: "Taslak", "Draft";
    waiting: "İncelemede", "Under review";
    rejected: "Reddedildi", "Rejected";
    cancelled: "Geri çekildi", "Withdrawn";
    coming: "Başlamadı", "Not begun";
    holds: "Geçerli", "Valid";
    frozen: "Donduruldu", "Frozen";
    revoked: "Sona erdirildi", "Revoked";
    ended: "Süresi bitti", "Ended";

    ask_exporter: "İhracatçının vergi numarası", "The exporter's tax number";
    ask_broker: "Gümrük müşaviri firmanın vergi numarası", "The customs broker's tax number";
    ask_hint: "10 haneli vergi no ya da 11 haneli T.C. kimlik no. Firma e-birliğe kayıtlı olmalıdır.", "The tax number of 10 digits, or the identity number of 11. The firm has to be registered in e-birlik.";
    one_each: "Her kayıt bir ihracatçı ve bir gümrük müşaviri içindir. Belge birden çok firmayı kapsıyorsa her firma için ayrı ayrı yükleyin.", "Each record is for one exporter and one customs broker. If the paper covers several firms, upload it for each of them.";
    go_on: "Devam Et", "Continue";
    secretariat: "Onaya gönderileceği genel sekreterlik", "General secretariat that reviews it";
    secretariat_hint: "İhracatçının üye olduğu birliklerin genel sekreterlikleri.", "The general secretariats of the unions in which the exporter is a member.";
    scope_one: "Yalnız bu genel sekreterlik", "This general secretariat only";
    term: "Vekaletnamenin süresi", "Term of the power";
    day_hint: "gg.aa.yyyy", "dd.mm.yyyy";
    to_hint: "gg.aa.yyyy. Belge süresizse boş bırakın.", "dd.mm.yyyy. Leave it empty if the paper has no end.";
    refunds: "Belgede nispi aidat iadesinin müşavire yapılabileceği yazıyor", "The paper says that fees may be given back to the broker";
    refunds_short: "İade yetkisi", "Right to refunds";
    limit: "Günlük tutar sınırı", "Daily money limit";
    limit_hint: "İsterseniz: müşavirin, hesaptan kendiliğinden ödenen nispi aidatlarla bir günde harcayabileceği en çok tutar, TL olarak (örneğin 1.234,56). Boşsa sınır yoktur; elle yapılan ödemeler sayılmaz.", "Optional: the most that the broker may spend on one day by fees that are debited automatically, in TL (such as 1.234,56). Empty means no limit; payments made by hand do not count.";
    limit_wrong: "Günlük sınırı sıfırdan büyük bir tutar olarak, 1.234,56 ya da 1234,56 biçiminde yazın ya da boş bırakın.", "Write the daily limit as an amount above zero, as 1.234,56 or 1234,56, or leave it empty.";
    no_limit: "Sınırsız", "No limit";
    spent: "Bugün kullanılan", "Used today";
    yes: "Var", "Yes";
    no: "Yok", "No";
    paper: "Vekaletname", "The paper";
    paper_hint: "JPG, JPEG, PNG ya da PDF; en çok 5 MB.", "JPG, JPEG, PNG or PDF; 5 MB at most.";
    paper_kept: "Alınan dosya: {name}. Değiştirmek için yenisini seçin.", "The file that we have: {name}. Choose another one to replace it.";
    unnamed: "adsız dosya", "unnamed file";
    paper_missing: "Vekaletnamenin dosyasını seçin.", "Choose the file of the power.";
    secretariat_missing: "Genel sekreterliği seçin.", "Choose the general secretariat.";
    from_missing: "İlk günü gg.aa.yyyy olarak yazın.", "Write the first day as dd.mm.yyyy.";
    to_wrong: "Son günü gg.aa.yyyy olarak yazın ya da boş bırakın.", "Write the last day as dd.mm.yyyy, or leave it empty.";

    check_title: "Bilgileri denetleyin", "Check your answers";
    check_lede: "Henüz gönderilmedi. Bilgiler doğruysa onaya gönderin.", "Not sent yet. Send it for review if the answers are right.";
    on_behalf: "{firm} adına", "On behalf of {firm}";
    send: "Onaya gönder", "Send for review";
    edit: "Düzelt", "Change";
    forget: "Taslağı sil", "Delete the draft";
    application: "Vekaletname başvurusu", "Application for a power of attorney";
    number: "Başvuru no", "Application number";
    sent_done: "Vekaletname onaya gönderildi.", "The power was sent for review.";
    sent_next: "Genel sekreterlik inceleyecek; onay ya da ret e-postayla bildirilir ve burada görünür.", "The general secretariat will review it; its decision comes by e-mail and is shown here.";
    withdraw: "Başvuruyu geri çek", "Withdraw the application";
    by_other: "Bu başvuruyu karşı taraf yaptı.", "The other party made this application.";
    reason: "Gerekçe", "Reason";
    decided_at: "Karar zamanı", "Decided at";
    again: "Yeni başvuru yap", "Apply anew";
    to_power: "Vekaletnameye git", "Go to the power";
    back: "Vekaletnamelere dön", "Back to the powers";
    one_title: "Vekaletname", "Power of attorney";

    freeze: "Dondur", "Freeze";
    freeze_about: "Müşavir, adınıza hemen işlem yapamaz olur; onaylanmış beyannameler değişmez. Donmayı istediğiniz zaman kaldırabilirsiniz.", "The broker can no longer act in your name, at once; approved declarations stay as they are. You can release it whenever you want.";
    release: "Donmayı kaldır", "Release";
    release_about: "Bu müşavirin adınıza işlem yapmasını dondurdunuz. Sonradan onaylanan vekaletnameleri de işlemez.", "You froze this broker: it cannot act in your name, not by powers approved later either.";
    frozen_by_exporter: "İhracatçı, müşavirin adına işlem yapmasını dondurdu.", "The exporter froze the broker's acting in its name.";
    revoke: "Vekaleti sona erdir", "Revoke the power";
    revoke_about: "Vekaletname hemen hükümsüz olur ve geri alınamaz; yeniden yetki için yeni bir vekaletname gerekir.", "The power ends at once and cannot be brought back; acting again needs a new power.";
    revoked_at: "Sona erdirilme", "Revoked at";
    revoked_by: "Sona erdiren", "Revoked by";
    froze_done: "Müşavir donduruldu; artık adınıza işlem yapamaz.", "The broker is frozen and cannot act in your name any more.";
    released_done: "Donma kaldırıldı.", "The broker is released.";
    revoked_done: "Vekaletname sona erdirildi.", "The power was revoked.";

    activity_lede: "Gümrük müşavirlerinin adınıza yaptığı işlemler, en yenisi en üstte. Tanımadığınız bir işlem görürseniz müşaviri hemen dondurun.", "What customs brokers did in your name, the newest first. If you see what you do not know of, freeze the broker at once.";
    activity_none: "Burada kayıtlı işlem yok.", "Nothing is recorded here.";
    brokers: "Müşavirleriniz", "Your brokers";
    earlier: "Daha eskiler", "Earlier ones";
    when: "Zaman", "Time";
    who: "Yapan", "By";
    what: "İşlem", "What";
    reference: "Referans", "Reference";
    did_recorded: "Beyanname gönderildi", "Declaration sent";
    did_approved: "Beyanname onaylandı", "Declaration approved";
    did_withdrawn: "Beyannameden vazgeçildi", "Declaration withdrawn";
    did_corrected: "Beyanname düzeltildi", "Declaration corrected";
    did_cancelled: "Onay iptal edildi", "Approval cancelled";
    did_paper: "Belge eklendi", "Paper attached";
    did_applied: "Vekaletname başvurusu yapıldı", "Power applied for";
    did_granted: "Vekaletname onaylandı", "Power approved";
    did_rejected: "Vekaletname reddedildi", "Power rejected";
    did_given_up: "Başvuru geri çekildi", "Application withdrawn";
    did_revoked: "Vekaletname sona erdirildi", "Power revoked";
    did_frozen: "Müşavir donduruldu", "Broker frozen";
    did_released: "Donma kaldırıldı", "Broker released";
    did_registered: "Vekaletname kaydedildi", "Power recorded";
    did_other: "Diğer", "Other";

    queue_title: "Vekaletname onayları", "Powers of attorney to review";
    queue_lede: "Genel sekreterliğinize gönderilen vekaletnameler. Bir firmanın yürürlükteki vekaletnameleri için vergi numarasını yazın.", "Powers sent to your general secretariat. Write a firm's tax number to see its powers in force.";
    queue_none: "Bu süzgece uyan vekaletname yok.", "No power matches the filter.";
    open_paper: "Dosyayı indir", "Download the file";
    conflicts: "Aynı iki firma arasındaki vekaletnameler", "Powers between the same two firms";
    conflicts_none: "Başka vekaletname yok.", "There is no other power.";
    approve: "Onayla", "Approve";
    reject: "Reddet", "Reject";
    approved_done: "Vekaletname onaylandı; müşavir artık ihracatçı adına işlem yapabilir.", "The power was approved; the broker may act for the exporter now.";
    rejected_done: "Vekaletname reddedildi; gerekçe iki firmaya bildirilir.", "The power was rejected; both firms are told the reason.";
    made_by: "Başvuran", "Applied by";
}
