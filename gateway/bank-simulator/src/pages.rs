//! What the payer sees at the bank: the card, the code of 3-D Secure, and the way back. Plain forms, no script.

use crate::ledger::{CODE, GOOD_CARD, Order, POOR_CARD};
use axum::response::Html;

/// The page for the card.
pub(crate) fn card(order: &Order) -> Html<String> {
    let token = escaped(&order.token);
    page(
        "Kartla ödeme",
        &format!(
            r#"{facts}
<form action="/pay/{token}/card" method="post" autocomplete="off">
<p><label>Kart numarası<br><input name="card" inputmode="numeric" required></label></p>
<p><label>Son kullanma (AA/YY)<br><input name="expiry" placeholder="12/30"></label>
<label>CVV<br><input name="cvv" inputmode="numeric" placeholder="000"></label></p>
<p><button>Devam et</button></p>
</form>
<form action="/pay/{token}/give-up" method="post"><p><button>Vazgeç</button></p></form>
<h2>Deneme kartları</h2>
<ul><li><code>{GOOD_CARD}</code>: ödeme alınır (son kullanma ve CVV serbest)</li>
<li><code>{POOR_CARD}</code>: bakiye yetersiz</li></ul>"#,
            facts = facts(order)
        ),
    )
}

/// The page for the code.
pub(crate) fn code(order: &Order, wrong: bool) -> Html<String> {
    let token = escaped(&order.token);
    let said = if wrong { "<p><b>Doğrulama kodu yanlış.</b></p>" } else { "" };
    page(
        "3-D Secure doğrulaması",
        &format!(
            r#"{facts}{said}
<form action="/pay/{token}/code" method="post" autocomplete="off">
<p><label>Telefonunuza gelen doğrulama kodu<br><input name="code" inputmode="numeric" required></label></p>
<p><button>Onayla</button></p>
</form>
<form action="/pay/{token}/give-up" method="post"><p><button>Vazgeç</button></p></form>
<p>Deneme kodu: <code>{CODE}</code></p>"#,
            facts = facts(order)
        ),
    )
}

/// There is no such page.
pub(crate) fn nothing() -> Html<String> {
    page("Sayfa bulunamadı", "<p>Bu ödeme bilinmiyor.</p>")
}

fn facts(order: &Order) -> String {
    let (lira, kurus) = (order.amount_kurus / 100, order.amount_kurus % 100);
    format!("<p>Sipariş: <b>{}</b><br>Tutar: <b>{lira},{kurus:02} TL</b></p>", escaped(&order.number))
}

fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html>\n<html lang=\"tr\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><link rel=\"icon\" href=\"data:,\"><title>{title} - Deneme Bankası</title>\
         </head><body><main><h1>{title}</h1>\n<p>Bu banka bir benzetimdir: gerçek kart yazmayın.</p>\n{body}\n</main></body></html>\n"
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
