//! What is wrong with a page? Asked of axe-core, which sees what people with disabilities would stumble over, and of
//! the browser itself.

use crate::page::{Page, Visit};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

impl Page {
    /// What axe finds on the page as it stands, a line each: rule, element, what is wrong.
    pub(crate) fn axe(&mut self) -> Vec<String> {
        if self.text_of("typeof axe") == "undefined" {
            self.eval(&AXE);
        }
        let found = self.eval(RUN);
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let mut wrong = Vec::new();
        for rule in list(&found["violations"]) {
            for node in list(&rule["nodes"]) {
                let told = node["failureSummary"].as_str().unwrap_or_default().replace('\n', " ");
                wrong.push(format!("axe {}: {}: {told}", rule["id"], node["target"]));
            }
        }
        wrong
    }

    /// Whether the whole page has to be moved sideways to be read at this width.
    pub(crate) fn is_too_wide(&mut self, width: u32) -> Option<String> {
        self.set_width(width);
        let told = self.text_of(TOO_WIDE);
        self.set_width(WIDE);
        (!told.is_empty()).then(|| format!("at {width} px: {told}"))
    }
}

/// Everything that is wrong with a page that was just opened, in one colour scheme after the other.
pub(crate) fn examine(page: &mut Page, visit: &Visit, dark: bool) -> Vec<String> {
    page.set_dark(dark);
    let mut wrong = page.axe();
    wrong.extend(page.is_too_wide(320));
    wrong.extend(page.complaints());
    if visit.status != 200 {
        wrong.push(format!("status {}", visit.status));
    }
    if visit.bytes > BYTES_MAX {
        wrong.push(format!("{} bytes", visit.bytes));
    }
    wrong
}

static AXE: LazyLock<String> = LazyLock::new(|| {
    // Beside the build's own folders, where the gate puts it.
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("axe-core").join("package/axe.min.js");
    fs::read_to_string(&file)
        .unwrap_or_else(|fault| panic!("{} ({fault}): `cargo xtask step programs` installs it", file.display()))
});

/// Every rule of WCAG 2.2 AA that a machine can hold, and axe's own advice.
const RUN: &str = "axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a',
    'wcag21aa', 'wcag22aa', 'best-practice'] }).then(({ violations }) => ({ violations }))";
/// The first element that sticks out; empty when the page fits.
const TOO_WIDE: &str = "(() => { const room = document.documentElement;
    if (room.scrollWidth <= window.innerWidth) return '';
    const all = [...document.body.querySelectorAll('*')].reverse();
    const one = all.find((one) => one.getBoundingClientRect().right > window.innerWidth + 1 && !one.closest('.scroll'));
    return `${room.scrollWidth} px wide: ${one ? one.outerHTML.slice(0, 200) : 'unknown'}` })()";
/// Source: facts of the portal, page weight.
const BYTES_MAX: u64 = 100 * 1024;
/// A desk's screen.
const WIDE: u32 = 1280;

/// What would be seen of a page that is wrong in every way that is looked for.
#[test]
fn the_examination_sees_what_is_wrong() {
    let stage = crate::stage::Stage::set();
    let mut page = stage.page();
    let visit = page.open("/login");
    assert_eq!(examine(&mut page, &visit, false), Vec::<String>::new());
    page.eval(SPOIL);
    let wrong = examine(&mut page, &Visit { status: 404, bytes: BYTES_MAX + 1 }, true).join("\n");
    for told in [
        "html-has-lang",
        "color-contrast",
        "at 320 px",
        "a complaint",
        "content security policy",
        "status 404",
        "bytes",
    ] {
        assert!(wrong.to_lowercase().contains(told), "{told} in\n{wrong}");
    }
}

const SPOIL: &str = "document.documentElement.removeAttribute('lang');
    const pale = document.createElement('p'); pale.textContent = 'x'.repeat(200); document.querySelector('main').append(pale);
    pale.style.width = '500px'; pale.style.color = '#888'; pale.style.background = '#777';
    const foreign = document.createElement('script'); foreign.textContent = '1'; document.head.append(foreign);
    console.error('a complaint')";
