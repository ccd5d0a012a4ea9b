//! Paying as a browser meets it: choose, check, pay; by card to the bank and back.

use super::*;
use crate::tests::{House, Page as Answered};
use ebirlik_domain::decision::Decision;
use ebirlik_message::{RequestFacts, read};
use ebirlik_operations::approve::{Mode, approve};
use ebirlik_operations::audit::audit;
use ebirlik_operations::card::gateway::{Answering, BankAnswer, CardGateway, Forged, Notice, StartedOrder};
use ebirlik_operations::card::{Cards, OPEN_FOR};
use ebirlik_operations::demo::cases;
use ebirlik_operations::sign_in::find_client;
use std::sync::Mutex;

/// A bank that says what it is told to say.
#[derive(Debug)]
struct Teller(Arc<Mutex<BankAnswer>>);

impl CardGateway for Teller {
    fn start<'a>(&'a self, order: &'a StartedOrder) -> Answering<'a, String> {
        Box::pin(async move { Ok(format!("https://bank.example/pay?order={}", order.order_no)) })
    }

    fn ask<'a>(&'a self, _order_no: &'a str) -> Answering<'a, BankAnswer> {
        Box::pin(async move { Ok(self.0.lock().unwrap().clone()) })
    }

    fn read_notice(&self, _body: &[u8]) -> Result<Notice, Forged> {
        Err(Forged::Form)
    }
}

impl House {
    /// Declarations that wait for payment, by the demo's first broker.
    pub(crate) async fn waiting(&self, references: &[&str]) {
        let case = cases().iter().find(|case| case.name == "plain-sample-wrapped").unwrap();
        let step = case.steps.first().unwrap();
        let client = find_client(&self.office, step.user).await.unwrap().unwrap();
        let held = String::from_utf8(step.request.to_vec()).unwrap().replace("CARI_HESAP", "BEKLET");
        let (_, rest) = held.split_once("<Referans_no>").unwrap();
        let before = rest.split('<').next().unwrap().to_owned();
        for reference in references {
            let message = held.replace(&before, reference);
            let declaration = read(message.as_bytes(), &RequestFacts::default()).unwrap().declaration;
            let decision = approve(&self.office, &client, declaration, Mode::Real).await.unwrap();
            assert!(matches!(decision, Decision::Pending(_)), "{decision:?}");
        }
    }

    /// Takes cards at a bank that says what it is told to say.
    pub(crate) fn take_cards(&self, says: BankAnswer) -> Arc<Mutex<BankAnswer>> {
        let says = Arc::new(Mutex::new(says));
        let gateway = Box::new(Teller(Arc::clone(&says)));
        self.office.take_cards(Cards { gateway, own_url: "https://onay.example".to_owned(), open_for: OPEN_FOR });
        says
    }
}

/// The numbers behind the boxes of the payment page, and behind what the check page sends.
fn boxes(page: &Answered) -> Vec<String> {
    values(page, "name=\"declaration\" value=\"")
}

fn values(page: &Answered, before: &str) -> Vec<String> {
    page.body.split(before).skip(1).map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

/// The form of a check page, filled in.
fn confirmed(page: &Answered, password: &str) -> String {
    let chosen: Vec<String> = boxes(page).iter().map(|id| format!("declaration={id}")).collect();
    let total = values(page, "name=\"total\" value=\"").remove(0);
    let method = values(page, "name=\"method\" value=\"").remove(0);
    format!("token={}&{}&method={method}&total={total}&password={password}", page.token(), chosen.join("&"))
}

fn lira_in(page: &Answered, sentence: &str) -> usize {
    page.body.matches(sentence).count()
}

/// G-53, G-57, G-59, G-60, G-61: the payer sees what waits with what it costs today, chooses several and the method; the
/// next page tells number, sum, account and what is left three times the same way and asks for the payment password. The
/// form is bound to the session; where cards are not taken none is offered.
#[tokio::test]
async fn what_waits_is_chosen_checked_and_paid_from_the_account() {
    let house = House::open().await;
    house.waiting(&["ODE-1", "ODE-2", "ODE-3"]).await;
    assert_eq!(house.browser().get("/payments").await.location(), "/login?next=%2Fpayments");
    let refused = house.browser_of("customs").await.get("/payments").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("Bu sayfa size açık değil"));
    let mut payer = house.browser_of("exporter1").await;
    assert!(payer.get("/overview").await.body.contains("href=\"/payments\""));
    let page = payer.get("/payments").await;
    let chosen = boxes(&page);
    assert_eq!((page.status, chosen.len()), (StatusCode::OK, 3), "{}", page.body);
    assert!(
        page.body.contains("ODE-1") && page.body.contains("data-kurus=\"") && !page.body.contains("value=\"card\"")
    );

    let empty = payer.get("/payments/check").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in ["<title>Hata: ", "en az bir beyanname seçin", "Ödeme yolunu seçin.", "href=\"#choices\""] {
        assert!(empty.body.contains(part), "{part} in {}", empty.body);
    }
    let address = format!("/payments/check?declaration={}&declaration={}&method=account", chosen[0], chosen[1]);
    let check = payer.get(&address).await;
    assert_eq!((check.status, boxes(&check).len()), (StatusCode::OK, 2), "{}", check.body);
    let (_, rest) = check.body.split_once("<p class=\"whole\">").unwrap();
    let sentence = rest.split('<').next().unwrap();
    assert!(
        sentence.starts_with("2 beyanname, toplam ") && sentence.contains(", hesap IMMIB-1234567890, sonra kalan ")
    );
    assert_eq!(lira_in(&check, sentence), 3, "{}", check.body);
    assert!(check.body.contains("Ihlamur Dış Ticaret ve Sanayi A.Ş. adına"), "{}", check.body);
    let english = payer.get(&format!("{address}&lang=en")).await;
    assert!(english.body.contains("Declarations: 2, total ") && english.body.contains("left afterwards"));
    payer.get("/payments?lang=tr").await;

    let form = confirmed(&check, "demo-exporter1-pay");
    let stale = payer.post("/payments", form.replace(check.token(), "0f")).await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN);
    let wrong = payer.post("/payments", confirmed(&check, "demo-exporter1")).await;
    assert_eq!(wrong.status, StatusCode::FORBIDDEN);
    assert!(wrong.body.contains("Ödeme şifresi yanlış ya da tanımlanmamış.") && boxes(&wrong) == chosen[..2]);
    let without = payer.post("/payments", confirmed(&check, "")).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(without.body.contains("Ödeme şifrenizi yazın."));
    let total = values(&check, "name=\"total\" value=\"").remove(0);
    let cheaper = payer.post("/payments", form.replace(&format!("total={total}"), "total=1")).await;
    assert_eq!(cheaper.status, StatusCode::CONFLICT, "what was shown is what is paid");
    assert!(cheaper.body.contains("Tutar ya da seçim bu arada değişti."));

    let paid = payer.post("/payments", form.clone()).await;
    let result = format!("/payments/done?declaration={}&declaration={}", chosen[0], chosen[1]);
    assert_eq!((paid.status, paid.location()), (StatusCode::SEE_OTHER, result.as_str()), "{}", paid.body);
    let again = payer.post("/payments", form).await;
    assert_eq!(again.location(), result, "the same form again changes nothing");
    let told = payer.get(&result).await;
    assert_eq!(told.body.matches("Onaylandı").count(), 2, "{}", told.body);
    assert!(told.body.contains("Ödeme tamamlandı: 2 beyanname onaylandı") && told.body.contains("href=\"/receipts\""));
    assert_eq!(boxes(&payer.get("/payments").await), chosen[2..]);
    let mut stranger = house.browser_of("exporter2").await;
    assert!(!stranger.get("/payments").await.body.contains("ODE-3"));
    assert_eq!(stranger.get(&result).await.status, StatusCode::NOT_FOUND);
    let theirs = stranger.get(&address).await;
    assert!(boxes(&theirs).is_empty() && theirs.body.contains("ödenebilecek olan yok"), "{}", theirs.body);
    assert_eq!(audit(&house.office).await.unwrap().broken, []);
}

/// G-61: whoever has no account at the secretariat is told so before it pays, and what a card could do.
#[tokio::test]
async fn a_declarant_without_an_account_is_told_before_it_pays() {
    let house = House::open().await;
    house.take_cards(BankAnswer::Pending);
    house.waiting(&["HESAPSIZ-1"]).await;
    let mut broker = house.browser_of("broker1").await;
    let chosen = boxes(&broker.get("/payments").await);
    let check = broker.get(&format!("/payments/check?declaration={}&method=account", chosen[0])).await;
    assert!(check.body.contains("Bu genel sekreterlikte cari hesabınız yok: IMMIB"), "{}", check.body);
    assert!(!check.body.contains("name=\"password\""));
    let card = broker.get(&format!("/payments/check?declaration={}&method=card", chosen[0])).await;
    assert!(card.body.contains("kredi kartı, komisyon yok") && card.body.contains("name=\"password\""));
    let waits = broker.get(&format!("/payments/done?declaration={}", chosen[0])).await;
    assert!(waits.body.contains("Hiçbiri ödenmedi") && waits.body.contains("Bekliyor"), "{}", waits.body);
}

/// G-44, G-51, G-53, G-58, G-59, P-4.9.6, P-4.9.8: by card the payer goes to the bank's page; the page to return to says
/// that the payment is being checked, then paid with its details, and refreshes itself without script; meanwhile no
/// second payment is offered, and looking again books nothing twice.
#[tokio::test]
async fn a_card_payment_leads_to_the_bank_and_back() {
    let house = House::open().await;
    let says = house.take_cards(BankAnswer::Pending);
    house.waiting(&["KART-1", "KART-2"]).await;
    let mut payer = house.browser_of("exporter1").await;
    let page = payer.get("/payments").await;
    assert!(page.body.contains("value=\"card\""));
    let chosen = boxes(&page);
    let check = payer.get(&format!("/payments/check?declaration={}&method=card", chosen[0])).await;
    let token = check.token().to_owned();
    let form = confirmed(&check, "demo-exporter1-pay");
    let sent = payer.post("/payments", form.clone()).await;
    assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
    let (_, rest) = sent.body.split_once("https://bank.example/pay?order=").unwrap();
    let order = rest.split('"').next().unwrap().to_owned();
    assert!(sent.body.contains("http-equiv=\"refresh\" content=\"1; url=https://bank.example/pay?order="));
    let again = payer.post("/payments", form).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.body.contains("sonuçlanmamış bir kart ödemesi var"), "{}", again.body);
    let waits = payer.get("/payments").await;
    assert_eq!(boxes(&waits), chosen[1..]);
    assert!(waits.body.contains("Kart ödemesi kontrol ediliyor"));
    let second = payer.get(&format!("/payments/check?declaration={}&method=card", chosen[1])).await;
    assert_eq!(payer.post("/payments", confirmed(&second, "demo-exporter1-pay")).await.status, StatusCode::OK);
    let nothing_left = payer.get("/payments").await;
    assert!(nothing_left.body.contains(&order) && !nothing_left.body.contains("name=\"method\""), "its order alone");
    let address = format!("/payments/card/{order}");
    let pending = payer.get(&address).await;
    assert!(pending.body.contains("Bankanın sonucu bekleniyor.") && pending.body.contains("content=\"5\""));
    assert!(
        pending.body.contains("<h1>Ödeme kontrol ediliyor</h1>") && !pending.body.contains("href=\"/payments/check")
    );
    assert_eq!(pending.body.matches("<script").count(), 2, "those that every page has");
    let left = payer.post(&address, format!("token={token}")).await;
    assert!(left.body.contains("https://bank.example/pay?order="));
    assert_eq!(payer.post(&address, "token=0f".to_owned()).await.status, StatusCode::FORBIDDEN);
    assert_eq!(house.browser_of("exporter2").await.get(&address).await.status, StatusCode::NOT_FOUND);

    let amount = house.office.store.find_card_order(&order).await.unwrap().unwrap().amount;
    *says.lock().unwrap() = BankAnswer::Paid { bank_reference: "B-1".to_owned(), amount };
    house.clock.forward(1);
    for _ in 0..2 {
        let paid = payer.get(&format!("{address}?lang=en")).await;
        for part in
            ["The payment was received.", "Approved", "<h1>Payment successful</h1>", "B-1", "href=\"/receipts\""]
        {
            assert!(paid.body.contains(part), "{part} in {}", paid.body);
        }
        assert!(!paid.body.contains("http-equiv=\"refresh\""));
    }
    assert_eq!(audit(&house.office).await.unwrap().broken, []);
}

/// P-4.9.7: what the bank did not take is "Ödeme Başarısız": nothing is debited, the declaration goes on waiting, and the
/// way to try again is shown only now.
#[tokio::test]
async fn a_card_payment_that_failed_leaves_everything_as_it_was() {
    let house = House::open().await;
    let says = house.take_cards(BankAnswer::Pending);
    house.waiting(&["KART-3"]).await;
    let mut payer = house.browser_of("exporter1").await;
    let chosen = boxes(&payer.get("/payments").await);
    let before = house.office.store.list_accounts("1234567890").await.unwrap();
    let check = payer.get(&format!("/payments/check?declaration={}&method=card", chosen[0])).await;
    let sent = payer.post("/payments", confirmed(&check, "demo-exporter1-pay")).await;
    let (_, rest) = sent.body.split_once("https://bank.example/pay?order=").unwrap();
    let order = rest.split('"').next().unwrap().to_owned();
    *says.lock().unwrap() = BankAnswer::Failed;
    house.clock.forward(1);
    let failed = payer.get(&format!("/payments/card/{order}")).await;
    let retry = format!("href=\"/payments/check?declaration={}&amp;method=card\"", chosen[0]);
    for part in ["<h1>Ödeme Başarısız</h1>", "beyannameler ödeme beklemeye devam ediyor", &retry] {
        assert!(failed.body.contains(part), "{part} in {}", failed.body);
    }
    assert_eq!(house.office.store.list_accounts("1234567890").await.unwrap(), before);
    assert_eq!(boxes(&payer.get("/payments").await), chosen);
}

#[test]
fn a_form_names_several_declarations() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let filled = Filled::of(vec![pair("declaration", "7"), pair("declaration", "x"), pair("declaration", "8")]);
    assert_eq!((filled.chosen.as_slice(), filled.query().as_str()), (&[7, 8][..], "declaration=7&declaration=8"));
}

#[test]
fn what_cannot_be_chosen_has_no_box() {
    let row = |id, kurus: Option<i64>, order: Option<&str>| Row {
        id,
        reference: format!("BRK<{id}>"),
        secretariat: "IMMIB".to_owned(),
        exporter: "1234567890".to_owned(),
        declarant: "9876543217".to_owned(),
        fee: "518,77 TL".to_owned(),
        kurus,
        card_order: order.map(str::to_owned),
        chosen: id == 7,
    };
    let rows = vec![row(7, Some(51_877), None), row(8, Some(51_877), Some("EB9")), row(9, None, None)];
    let page = Page {
        frame: Frame::sample(Language::Turkish, true),
        words: Words::of(Language::Turkish),
        errors: Errors::default(),
        rows,
        after: Some(5),
        cards: true,
        by_card: false,
    };
    let page = page.render().unwrap();
    assert!(
        page.contains("name=\"declaration\" value=\"7\" data-kurus=\"51877\" checked")
            && page.contains("BRK&#60;7&#62;")
    );
    assert!(!page.contains("value=\"8\"") && !page.contains("value=\"9\""));
    assert!(page.contains("href=\"/payments/card/EB9\"") && page.contains("href=\"/payments?after=5\""));
}
