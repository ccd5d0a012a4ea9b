//! One page of a browser with cookies of its own: what a person does with it, and what can be seen of it.

use crate::chromium::Chromium;
use crate::keyboard::Stroke;
use base64::Engine;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A page.
pub(crate) struct Page {
    browser: Rc<RefCell<Chromium>>,
    session: String,
    /// The frame that is the page itself.
    frame: String,
    /// What the server is called in addresses.
    site: String,
    /// When the last key was pressed, as the page is told: milliseconds since 1970.
    keyed_at_ms: u64,
    /// Faults that the page or the browser told of since [`complaints`](Self::complaints) was last asked.
    complaints: Vec<String>,
    /// Pages that said no: the browser complains of their status, and the test looks at them itself.
    refusals: Vec<String>,
}

/// What came of going somewhere.
#[derive(Debug, Default)]
pub(crate) struct Visit {
    /// Of the page itself; 0 where the address is a file to keep.
    pub(crate) status: u64,
    /// Everything that came over the network for it.
    pub(crate) bytes: u64,
}

impl Page {
    pub(crate) fn new(browser: &Rc<RefCell<Chromium>>, site: &str) -> Self {
        let mut chromium = browser.borrow_mut();
        let context = chromium.ask("", "Target.createBrowserContext", &json!({ "disposeOnDetach": true }));
        let context = &context["browserContextId"];
        let may_copy = json!(["clipboardReadWrite", "clipboardSanitizedWrite"]);
        chromium.ask("", "Browser.grantPermissions", &json!({ "permissions": may_copy, "browserContextId": context }));
        let parameters = json!({ "url": "about:blank", "browserContextId": context });
        let target = chromium.ask("", "Target.createTarget", &parameters)["targetId"].clone();
        let attached = chromium.ask("", "Target.attachToTarget", &json!({ "targetId": target, "flatten": true }));
        let session = attached["sessionId"].as_str().expect("a session").to_owned();
        for domain in ["Page", "Network", "Runtime", "Log"] {
            chromium.ask(&session, &format!("{domain}.enable"), &json!({}));
        }
        chromium.ask(&session, "Emulation.setFocusEmulationEnabled", &json!({ "enabled": true }));
        chromium.ask(&session, "Network.setCacheDisabled", &json!({ "cacheDisabled": true }));
        let language = json!({ "headers": { "Accept-Language": "tr" } });
        chromium.ask(&session, "Network.setExtraHTTPHeaders", &language);
        let tree = chromium.ask(&session, "Page.getFrameTree", &json!({}));
        drop(chromium);
        let frame = tree["frameTree"]["frame"]["id"].as_str().expect("a frame").to_owned();
        let (browser, site) = (Rc::clone(browser), site.to_owned());
        let mut page =
            Self { browser, session, frame, site, keyed_at_ms: 0, complaints: Vec::new(), refusals: Vec::new() };
        page.set_width(1280);
        page
    }

    // -- going somewhere --

    /// Goes to an address of the site, as typed into the browser.
    pub(crate) fn open(&mut self, path: &str) -> Visit {
        let url = format!("{}{path}", self.site);
        self.forget_events();
        let went = self.ask("Page.navigate", &json!({ "url": url }));
        if went["errorText"].is_null() {
            return self.arrive();
        }
        assert_eq!(went["errorText"], "net::ERR_ABORTED", "{path}");
        Visit::default()
    }

    /// Does something that leads to another page, and waits until that is there.
    pub(crate) fn follow(&mut self, does: impl FnOnce(&mut Self)) -> Visit {
        self.forget_events();
        does(self);
        self.arrive()
    }

    /// Presses a button or a link by what stands on it, which leads to another page.
    pub(crate) fn press(&mut self, label: &str) -> Visit {
        self.follow(|page| page.click(label))
    }

    /// Waits until the next page is loaded. What was still loading when it was left tells of it too: that is no arrival.
    fn arrive(&mut self) -> Visit {
        let mut visit = Visit::default();
        let mut is_next = false;
        loop {
            let event = self.browser.borrow_mut().event(&self.session);
            let of = &event["params"];
            match event["method"].as_str().unwrap_or_default() {
                "Network.responseReceived" if of["type"] == "Document" && of["frameId"] == self.frame => {
                    visit.status = of["response"]["status"].as_u64().unwrap_or_default();
                    if (400..500).contains(&visit.status) {
                        self.refusals.push(of["response"]["url"].to_string());
                    }
                }
                // A sender of JavaScript's numbers writes whole ones with a fraction too.
                "Network.loadingFinished" => visit.bytes += whole(&of["encodedDataLength"]),
                "Page.frameNavigated" if of["frame"]["id"] == self.frame => is_next = true,
                "Page.loadEventFired" if is_next => return visit,
                _ => self.note(&event),
            }
        }
    }

    /// Where it is, from the first slash on.
    pub(crate) fn path(&mut self) -> String {
        self.text_of("location.pathname + location.search")
    }

    // -- what it looks like --

    pub(crate) fn set_width(&mut self, width: u32) {
        let size = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.ask("Emulation.setDeviceMetricsOverride", &size);
    }

    pub(crate) fn set_dark(&mut self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": value }]);
        self.ask("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// Whether it looks as it does on paper.
    pub(crate) fn set_print(&mut self, on: bool) {
        let media = if on { "print" } else { "" };
        self.ask("Emulation.setEmulatedMedia", &json!({ "media": media }));
    }

    /// Whether pages opened from now on may run their scripts.
    pub(crate) fn set_script(&mut self, on: bool) {
        self.ask("Emulation.setScriptExecutionDisabled", &json!({ "value": !on }));
    }

    /// What the browser says that it is, from now on.
    pub(crate) fn set_agent(&mut self, name: &str) {
        self.ask("Network.setUserAgentOverride", &json!({ "userAgent": name }));
    }

    // -- what a person does --

    /// Signs in by the form.
    pub(crate) fn sign_in(&mut self, user: &str, password: &str) {
        self.open("/login");
        self.fill("#user", user);
        self.fill("#password", password);
        self.press_enter();
        assert_ne!(self.path(), "/login", "{user}: {}", self.text("main"));
    }

    /// Puts a text into a field, as pasted.
    pub(crate) fn fill(&mut self, field: &str, text: &str) {
        let field = json!(field);
        self.text_of(&format!(
            "(() => {{ const f = document.querySelector({field}); f.focus(); f.select?.(); return '' }})()"
        ));
        self.insert(text);
    }

    /// Puts a text where the cursor is.
    pub(crate) fn insert(&mut self, text: &str) {
        self.ask("Input.insertText", &json!({ "text": text }));
    }

    /// Puts a file of the computer into the field that an expression gives.
    pub(crate) fn set_file(&mut self, field: &str, file: &Path) {
        let field = self.ask("Runtime.evaluate", &json!({ "expression": field }))["result"]["objectId"].take();
        self.ask("DOM.setFileInputFiles", &json!({ "files": [file], "objectId": field }));
    }

    /// Presses Enter, which leads to another page.
    pub(crate) fn press_enter(&mut self) -> Visit {
        self.follow(|page| page.strike(&[Stroke::named("Enter")], 100))
    }

    /// Strikes keys with so many milliseconds between one and the next, as the page is told.
    pub(crate) fn strike(&mut self, strokes: &[Stroke], gap_ms: u64) {
        let now = whole(&self.eval("Date.now()"));
        self.keyed_at_ms = now.max(self.keyed_at_ms + PAUSE_MS);
        let mut sent = 0;
        for stroke in strokes {
            for event in stroke.events() {
                let mut event = event;
                event["timestamp"] = seconds(self.keyed_at_ms);
                sent = self.browser.borrow_mut().send(&self.session, "Input.dispatchKeyEvent", &event);
            }
            self.keyed_at_ms += gap_ms;
        }
        self.browser.borrow_mut().answer(sent);
    }

    /// Presses the first button or link that is called exactly this, with what is there for readers of screens alone.
    pub(crate) fn click(&mut self, label: &str) {
        self.click_in("body", label);
    }

    /// As [`click`](Self::click), within the first element of a selector.
    pub(crate) fn click_in(&mut self, selector: &str, label: &str) {
        let script = format!(
            "(() => {{ const all = [...document.querySelector({selector}).querySelectorAll({PRESSED})];
            const called = (one) => one.textContent.replace(/\\s+/g, ' ').trim();
            const one = all.find((one) => one.checkVisibility() && called(one) === {label});
            if (one) one.click(); return one ? 'pressed' : all.map(called).join(' | ') }})()",
            selector = json!(selector),
            label = json!(label)
        );
        let came = self.text_of(&script);
        assert_eq!(came, "pressed", "no {label} on {}", self.path());
    }

    // -- what a person sees --

    /// The visible text of the first element of a selector; empty where there is none.
    pub(crate) fn text(&mut self, selector: &str) -> String {
        self.text_of(&format!("document.querySelector({})?.innerText ?? ''", json!(selector)))
    }

    /// The value of an expression that gives a text.
    pub(crate) fn text_of(&mut self, expression: &str) -> String {
        let value = self.eval(expression);
        value.as_str().unwrap_or_else(|| panic!("no text but {value}: {expression}")).to_owned()
    }

    /// The value of an expression, or of what it promises.
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let mut answer = self.ask("Runtime.evaluate", &asked);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].take()
    }

    /// Waits until an expression is true.
    pub(crate) fn wait_for(&mut self, expression: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.eval(&format!("Boolean({expression})")) != json!(true) {
            assert!(Instant::now() < deadline, "never: {expression}; the page: {}", self.text("main"));
            sleep(Duration::from_millis(10));
        }
    }

    /// Errors of scripts, of the content-security policy and of loading since this was last asked.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        self.eval("new Promise((done) => setTimeout(done, 0))");
        self.forget_events();
        let refusals = std::mem::take(&mut self.refusals);
        let is_of_refusal = |told: &String| {
            told.contains("Failed to load resource") && refusals.iter().any(|address| told.contains(address))
        };
        std::mem::take(&mut self.complaints).into_iter().filter(|told| !is_of_refusal(told)).collect()
    }

    /// The whole page as a picture, in PNG.
    pub(crate) fn picture(&mut self, width: u32) -> Vec<u8> {
        self.set_width(width);
        let shot = self.ask("Page.captureScreenshot", &json!({ "captureBeyondViewport": true }));
        let text = shot["data"].as_str().expect("a picture");
        base64::prelude::BASE64_STANDARD.decode(text).expect("base64")
    }

    fn forget_events(&mut self) {
        loop {
            let event = self.browser.borrow_mut().kept_event(&self.session);
            let Some(event) = event else { return };
            self.note(&event);
        }
    }

    fn note(&mut self, event: &Value) {
        let of = &event["params"];
        let told = match event["method"].as_str().unwrap_or_default() {
            "Log.entryAdded" if of["entry"]["level"] == "error" => &of["entry"],
            "Runtime.exceptionThrown" => &of["exceptionDetails"],
            "Runtime.consoleAPICalled" if of["type"] == "error" => &of["args"],
            _ => return,
        };
        self.complaints.push(told.to_string());
    }

    fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.browser.borrow_mut().ask(&self.session, method, parameters)
    }
}

/// A number of JavaScript's without its fraction.
fn whole(value: &Value) -> u64 {
    let text = value.to_string();
    text.split('.').next().unwrap_or_default().parse().unwrap_or_default()
}

/// Milliseconds as seconds, exactly.
fn seconds(ms: u64) -> Value {
    serde_json::from_str(&format!("{}.{:03}", ms / 1000, ms % 1000)).expect("a number")
}

/// What can be pressed.
const PRESSED: &str = "'button, a[href], summary, label'";
/// Between what is done by one hand and the next thing.
const PAUSE_MS: u64 = 300;
