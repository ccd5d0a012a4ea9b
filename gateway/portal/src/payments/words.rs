//! What the pages about paying say.

use crate::text::words;

words! {
    Words;
    title: "Ödeme bekleyen beyannameler", "Declarations that wait for payment";
    lede: "Onayı tamamlanan ve ödemesi beklenen beyannameler, bugünkü tutarlarıyla. Bir ya da birkaçını seçip ödeme yolunu belirleyin; ödemeden önce her şeyi bir kez daha göreceksiniz.", "Declarations whose checks are complete and whose payment is awaited, with what each costs today. Choose one or several and a method; you will see everything once more before you pay.";
    none: "Ödeme bekleyen beyanname yok.", "No declaration waits for payment.";
    more: "Sonrakiler", "Later ones";
    choose: "Ödenecek beyannameler", "Declarations to pay";
    exporter: "İhracatçı", "Exporter";
    declarant: "Beyan sahibi", "Declarant";
    unpriced: "Bugün hesaplanamıyor", "Cannot be computed today";
    card_open: "Kart ödemesi kontrol ediliyor", "A card payment is being checked";
    chosen: "Seçilen: {n} beyanname, toplam {sum}", "Chosen: {n} declarations, total {sum}";
    method: "Ödeme yolu", "Method of payment";
    account: "Cari hesap", "Current account";
    card: "Kredi kartı (bankanın sayfasında; komisyon alınmaz)", "Credit card (on the bank's page; no commission)";
    go_on: "Devam et", "Continue";
    choose_one: "Ödenecek en az bir beyanname seçin.", "Choose at least one declaration to pay.";
    method_missing: "Ödeme yolunu seçin.", "Choose a method of payment.";

    check_title: "Ödemeden önce kontrol edin", "Check before you pay";
    by_account: "{n} beyanname, toplam {sum}, hesap {account}, sonra kalan {left}", "Declarations: {n}, total {sum}, account {account}, left afterwards {left}";
    by_account_short: "{n} beyanname, toplam {sum}, hesap {account}, eksik {missing}", "Declarations: {n}, total {sum}, account {account}, missing {missing}";
    no_account: "{n} beyanname, toplam {sum}. Bu genel sekreterlikte cari hesabınız yok: {secretariat}", "Declarations: {n}, total {sum}. You have no current account at this general secretariat: {secretariat}";
    by_card: "{n} beyanname, toplam {sum}, kredi kartı, komisyon yok", "Declarations: {n}, total {sum}, credit card, no commission";
    short_about: "Hesaptaki para hepsine yetmiyor: sırayla ödenebilenler ödenir, kalanlar bekler.", "The account does not hold enough for all: those that can be paid in turn are paid, the others wait.";
    deposit: "Para yatırma bilgileri", "How to deposit money";
    pay_by_card: "Bunları kartla öde", "Pay these by card";
    left_out: "Şimdi ödenemeyenler", "Cannot be paid now";
    left_paid: "Artık ödeme beklemiyor", "Waits for payment no more";
    fee: "Bugünkü tutar", "Costs today";
    reference: "Referans", "Reference";
    total: "Toplam", "Total";
    nothing_left: "Seçtiklerinizden şimdi ödenebilecek olan yok.", "None of those that you chose can be paid now.";
    changed: "Tutar ya da seçim bu arada değişti. Yeni tutarı kontrol edip yeniden onaylayın.", "The amount or the choice has changed meanwhile. Check the new amount and confirm again.";
    password: "Ödeme şifresi", "Payment password";
    password_missing: "Ödeme şifrenizi yazın.", "Enter your payment password.";
    on_behalf: "{firm} adına", "On behalf of {firm}";
    pay: "Öde", "Pay";
    to_bank: "Bankanın sayfasında öde", "Pay on the bank's page";
    back_to_choice: "Seçimi değiştir", "Change the choice";
    bank_silent: "Bankaya ulaşılamadı ya da yanıt vermedi. Kartınızdan bir şey alınmadı; birazdan yeniden deneyin.", "The bank could not be reached or did not answer. Nothing was taken from your card; try again soon.";
    back: "Ödeme sayfasına dön", "Back to the payment page";

    done_title: "Ödemenin sonucu", "Result of the payment";
    done_all: "Ödeme tamamlandı: {n} beyanname onaylandı, ödenen {sum}", "The payment is complete. Declarations approved: {n}, paid {sum}";
    done_some: "Onaylanan {n} beyanname, ödenen {sum}; bekleyen {waiting}", "Declarations approved: {n}, paid {sum}; waiting: {waiting}";
    done_none: "Hiçbiri ödenmedi; hesabınızdan bir şey düşülmedi.", "None was paid; nothing was taken from your account.";
    done_next: "Onay kodlarını gümrük beyannamesine yazabilirsiniz. Makbuzlar birkaç saniye içinde hazır olur.", "You can write the approval codes on the customs declaration. The receipts are ready within seconds.";
    approved: "Onaylandı", "Approved";
    waits: "Bekliyor", "Waiting";
    ended: "Vazgeçildi ya da iptal edildi", "Withdrawn or cancelled";
    can_be_paid: "Şimdi ödenebilir.", "It can be paid now.";
    receipts: "Makbuzlar", "Receipts";
    accounts: "Cari Hesaplar", "Current accounts";

    order_title: "Kartla ödeme", "Card payment";
    order_checked: "Ödeme kontrol ediliyor", "The payment is being checked";
    order_done: "Ödeme başarılı", "Payment successful";
    order_not_done: "Ödeme Başarısız", "Payment failed";
    order_number: "Ödeme no", "Payment number";
    order_amount: "Tutar", "Amount";
    order_begun: "Başlangıç", "Begun";
    order_closed: "Sonuçlanma", "Concluded";
    order_bank: "Banka referansı", "The bank's reference";
    order_to_bank: "Kart bilgilerinizi bankanın sayfasında yazacaksınız; bize ulaşmazlar. Sayfa kendiliğinden açılmazsa düğmeye basın.", "You will enter your card on the bank's page; it never reaches us. Press the button if the page does not open by itself.";
    order_go: "Bankanın sayfasına git", "Go to the bank's page";
    order_pending: "Bankanın sonucu bekleniyor. Bu sayfa kendiliğinden yenilenir; yeniden ödemeyin.", "The bank's result is awaited. This page refreshes itself; do not pay again.";
    order_pending_about: "Sonuç kesinleşene kadar bu beyannameler için başka ödeme başlatılamaz. Sayfayı kapatabilirsiniz; sonuç kaybolmaz.", "Until the result is certain no other payment of these declarations can be begun. You may close this page; the result is not lost.";
    order_left_bank: "Bankanın sayfasını ödemeden mi kapattınız?", "Did you close the bank's page without paying?";
    order_paid: "Ödeme alındı.", "The payment was received.";
    order_settling: "Ödeme alındı; beyannameler onaylanıyor.", "The payment was received; the declarations are being approved.";
    order_failed: "Banka ödemeyi almadı. Kartınızdan bir şey çekilmedi; yeniden deneyebilirsiniz.", "The bank did not take the payment. Nothing was charged; you may try again.";
    order_expired: "Süre içinde ödenmedi. Yeniden deneyebilirsiniz.", "It was not paid in time. You may try again.";
    order_stays: "Hesabınızdan da bir şey düşülmedi; beyannameler ödeme beklemeye devam ediyor.", "Nothing was taken from your account either; the declarations go on waiting for payment.";
    order_again: "Yeniden dene", "Try again";
    order_left: "Onaylanmayan beyannamenin ücreti cari hesabınızdadır.", "The fee of a declaration that was not approved is in your current account.";
}
