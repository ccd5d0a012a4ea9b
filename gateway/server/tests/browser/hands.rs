//! What hands and eyes do on a page by its own words: fields by their labels, choices, files, tables, mails.

use crate::page::{Page, Visit};
use crate::tools::part;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// A file that the page gave to keep.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Its media type.
    pub(crate) kind: String,
    pub(crate) bytes: Vec<u8>,
}

impl Page {
    // -- hands --

    /// Puts a text into the field of this label, as pasted over what was there.
    pub(crate) fn write(&mut self, label: &str, text: &str) {
        self.control(label, "one.focus(); one.select?.()");
        self.insert(text);
    }

    /// Chooses, in the list of this label, the first choice that bears these words.
    pub(crate) fn choose(&mut self, label: &str, words: &str) {
        let chooses = format!(
            "one.selectedIndex = [...one.options].findIndex((of) => of.text.includes({}));
            one.dispatchEvent(new Event('change', {{ bubbles: true }})); told = one.selectedOptions[0]?.text ?? ''",
            json!(words)
        );
        let told = self.control(label, &chooses);
        assert!(told.contains(words), "{label} has no choice {words}");
    }

    /// Puts a file of the computer into the field of this label.
    pub(crate) fn upload(&mut self, label: &str, file: &Path) {
        self.control(label, "");
        self.set_file("document.walked", file);
    }

    /// Follows a link that gives a file to keep, by what stands on it.
    pub(crate) fn keep(&mut self, label: &str) -> Kept {
        let script = format!(
            "(async () => {{ const one = [...document.querySelectorAll('a[href]')]
                .find((one) => one.checkVisibility() && one.textContent.trim() === {});
            if (!one) return null;
            const answer = await fetch(one.href), bytes = new Uint8Array(await answer.arrayBuffer());
            let text = ''; for (const byte of bytes) text += String.fromCharCode(byte);
            return [answer.status, answer.headers.get('content-type'), btoa(text)] }})()",
            json!(label)
        );
        let came = self.eval(&script);
        assert_eq!(came[0], 200, "{label}: {came} on {}", self.path());
        let text = |place: usize| came[place].as_str().unwrap_or_default().to_owned();
        Kept { kind: text(1), bytes: STANDARD.decode(text(2)).expect("Base64") }
    }

    /// Presses a button or link of a list, which renews that without a new page.
    pub(crate) fn renew(&mut self, does: impl FnOnce(&mut Self)) {
        self.eval("document.querySelector('[data-part]').dataset.old = 'yes'");
        does(self);
        self.wait_for("document.querySelector('[data-part]:not([data-old])')");
    }

    /// Opens the menu of a list's column and presses what is in it.
    pub(crate) fn press_in_column(&mut self, head: &str, label: &str) {
        let opens = format!(
            "(() => {{ const all = [...document.querySelectorAll('th summary')];
            const one = all.find((one) => one.firstElementChild.innerText.trim() === {});
            one?.click(); return one ? 'opened' : all.map((one) => one.innerText).join(' | ') }})()",
            json!(head)
        );
        let told = self.text_of(&opens);
        assert_eq!(told, "opened", "no column {head} on {}", self.path());
        self.click_in("th details[open]", label);
    }

    /// Follows the link in the first row of the page's table in which these words stand.
    pub(crate) fn press_in_row(&mut self, words: &str) -> Visit {
        let presses = format!(
            "(() => {{ const all = [...document.querySelectorAll('main tbody tr')];
            const one = all.find((one) => one.innerText.includes({})); one?.querySelector('a').click();
            return one ? 'pressed' : all.map((one) => one.innerText).join('\\n') }})()",
            json!(words)
        );
        self.follow(|page| {
            let told = page.text_of(&presses);
            assert_eq!(told, "pressed", "no row of {words} on {}", page.path());
        })
    }

    /// Sends the form of a button as pressing it would; the connection breaks before the answer is heard.
    pub(crate) fn press_unheard(&mut self, label: &str) {
        let sends = format!(
            "(async () => {{ const one = [...document.querySelectorAll('main button')].find((one) =>
                one.checkVisibility() && one.textContent.trim() === {});
            const data = new FormData(one.form, one), whole = one.form.enctype.startsWith('multipart');
            const body = whole ? data : new URLSearchParams(data);
            return (await fetch(one.form.action, {{ method: 'post', body, redirect: 'manual' }})).type }})()",
            json!(label)
        );
        self.eval(&sends);
    }

    // -- eyes --

    /// What stands in the field of this label.
    pub(crate) fn value(&mut self, label: &str) -> String {
        self.control(label, "told = one.value")
    }

    /// Wants these words on the page, exactly as they are read.
    #[track_caller]
    pub(crate) fn reads(&mut self, words: &str) {
        let (seen, path) = (self.text("main"), self.path());
        assert!(seen.contains(words), "“{words}” is not on {path}:\n{seen}");
    }

    /// Opens an address again and again until these words are on its page.
    pub(crate) fn wait_until(&mut self, path: &str, words: &str) {
        for _ in 0..TRIES {
            self.open(path);
            if self.text("main").contains(words) {
                return;
            }
            sleep(Duration::from_millis(100));
        }
        panic!("“{words}” never comes on {path}: {}", self.text("main"));
    }

    /// Wants a page with errors: its title says so, and these words stand at the top.
    #[track_caller]
    pub(crate) fn refuses(&mut self, words: &str) {
        let (title, seen) = (self.text_of("document.title"), self.text(".errors"));
        assert!(
            title.starts_with("Hata:") && seen.contains(words),
            "“{words}”: {title}: {seen}\n{}",
            self.text("main")
        );
    }

    /// The rows of the page's first table, cell by cell.
    pub(crate) fn rows(&mut self) -> Vec<Vec<String>> {
        let rows = self.eval(
            "[...(document.querySelector('main table')?.tBodies ?? [])].flatMap((body) => [...body.rows])
                .map((row) => [...row.cells].map((cell) => cell.innerText.trim()))",
        );
        serde_json::from_value(rows).expect("rows of texts")
    }

    /// Waits until the mailbox, which it opens, shows a mail to somebody with these words; the page then shows that mail
    /// alone.
    pub(crate) fn open_mail(&mut self, to: &str, words: &[&str]) {
        let finds = format!(
            "(() => {{ const all = [...document.querySelectorAll('article.letter')];
            const of = (one) => [{}, ...{}].every((words) => one.innerText.includes(words));
            const found = all.find(of); if (found) all.forEach((one) => one === found || one.remove());
            return Boolean(found) }})()",
            json!(to),
            json!(words)
        );
        for _ in 0..TRIES {
            self.open("/mailbox");
            if self.eval(&finds) == json!(true) {
                return;
            }
            sleep(Duration::from_millis(100));
        }
        panic!("no mail to {to} about {words:?}: {}", self.text("main"));
    }

    /// Follows the link of the mail that the page shows.
    pub(crate) fn follow_mail(&mut self) {
        self.follow(|page| {
            page.eval("document.querySelector('article.letter p a:not([download])').click()");
        });
    }

    /// Does something with `one`, the visible field of a label; gives what it makes of `told`.
    fn control(&mut self, label: &str, does: &str) -> String {
        let script = format!(
            "(() => {{ const all = [...document.querySelectorAll('label')].filter((one) => one.checkVisibility());
            const one = all.find((one) => one.innerText.trim() === {label})?.control;
            if (!one) return 'none of ' + all.map((one) => one.innerText.trim()).join(' | ');
            document.walked = one; let told = ''; {does}; return ':' + told }})()",
            label = json!(label)
        );
        let told = self.text_of(&script);
        assert!(told.starts_with(':'), "no field {label} on {}: {told}", self.path());
        told[1..].to_owned()
    }
}

impl Kept {
    /// Rows of a workbook's sheet: its title, its head, and what is below.
    pub(crate) fn workbook_rows(&self) -> usize {
        assert!(self.kind.contains("spreadsheetml"), "{}", self.kind);
        part(&self.bytes, "xl/worksheets/sheet1.xml").matches("<row ").count()
    }
}

/// Tenths of a second that a mail or a receipt may take.
const TRIES: u32 = 150;

#[test]
fn hands_and_eyes_work() {
    let stage = crate::stage::Stage::set();
    let mut page = stage.page_of("exporter1");
    page.open("/declarations");
    page.choose("Durum", "Onay");
    page.renew(|page| page.click("Filtrele"));
    let (all, first) = (page.rows(), page.path());
    assert!(all.len() > 1 && first.contains("state="), "{first} {all:?}");
    page.renew(|page| page.press_in_column("Referans", "Sütunu gizle"));
    assert_eq!(page.rows()[0].len(), all[0].len() - 1);
    assert!(page.keep("Excel indir").workbook_rows() > all.len());
    page.write("Başlangıç", "31.02.2026");
    assert_eq!(page.value("Başlangıç"), "31.02.2026");
}
