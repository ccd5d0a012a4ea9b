//! What walks of the office share: colleagues, declarations that were sent, and what customs did with them.

use crate::installation::{Pair, element, message};
use crate::page::Page;
use crate::stage::Stage;
use serde_json::json;

/// The secretariat of the walks.
pub(crate) const SECRETARIAT: &str = "IMMIB";
/// A sum in dollars with a fee that one person does not decide on alone.
pub(crate) const LARGE: &str = "900000.00";
/// A sum with a small fee.
pub(crate) const SMALL: &str = "20000.00";

impl Stage {
    /// Makes a user on the administrator's pages, and signs it in with the password shown there.
    pub(crate) fn colleague(&self, admin: &mut Page, code: &str, role: &str, secretariat: Option<&str>) -> Page {
        admin.open("/staff/users");
        admin.press("Yeni görevli");
        admin.write("Kullanıcı kodu", code);
        admin.click(role);
        if let Some(secretariat) = secretariat {
            admin.choose("Genel sekreterlik", secretariat);
        }
        admin.write("Gerekçe", "Göreve başlama yazısı 2026/7");
        admin.press("Oluştur");
        admin.reads("Kullanıcı oluşturuldu");
        let password = admin.text(".facts dd:last-of-type");
        let mut page = self.page();
        page.sign_in(code, &password);
        page
    }

    /// The first broker and exporter of the demo, at the secretariat of the walks.
    pub(crate) fn pair(&self) -> Pair {
        let pair = self.installation.pair();
        assert_eq!(pair.secretariat, SECRETARIAT);
        pair
    }

    /// Sends a message as the broker's program does; its code, where it is approved at once.
    pub(crate) fn send(&self, message: String) -> Option<String> {
        let pair = self.pair();
        let sent = self.installation.post(&self.server.url, &pair, message);
        let (_, answer) = self.runtime.block_on(sent).expect("an answer");
        element(&answer, "KriptoKodu")
    }

    /// Sends an ordinary declaration that is approved.
    pub(crate) fn approved(&self, reference: &str, amount: &str) -> String {
        let code = self.send(message(&self.pair(), reference, amount));
        code.unwrap_or_else(|| panic!("{reference} is not approved"))
    }

    /// Customs binds a code and a registration number.
    pub(crate) fn register(&self, code: &str, reference: &str, registration_no: &str) {
        let exporter = self.pair().exporter;
        let asked = json!({ "code": code, "registration_no": registration_no, "ref": reference, "exporter": exporter });
        let request = self.installation.http.post(format!("{}/v1/registrations", self.server.url));
        let request = request.basic_auth("customs", Some("demo-customs")).json(&asked);
        let answer = self.runtime.block_on(request.send()).expect("an answer");
        assert!(answer.status().is_success(), "{registration_no}: {}", answer.status());
    }
}

impl Page {
    /// Finds a declaration of the secretariat by its reference or code, and opens it.
    pub(crate) fn find_declaration(&mut self, reference: &str) {
        self.press("Beyanname bul");
        self.write("Referans, onay kodu, birlik kayıt no ya da tescil no", reference);
        self.press("Bul");
        self.press(reference);
    }

    /// Does something to the declaration that is shown, with a reason and a paper, after a look at what it comes to.
    pub(crate) fn act(&mut self, label: &str, fills: impl FnOnce(&mut Self), seen: &str) {
        self.press(label);
        fills(self);
        self.write("Gerekçe", "Firmanın dilekçesi üzerine");
        self.write("Dayanak belge", "Dilekçe 12.11.2026/41");
        self.press("Kontrol et");
        self.reads("IMMIB adına");
        self.reads(seen);
        self.press(label);
    }
}
