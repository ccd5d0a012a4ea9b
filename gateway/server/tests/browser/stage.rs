//! Where a test plays: a demo's installation, its server, and a browser.

use crate::chromium::Chromium;
use crate::installation::{Installation, Server};
use crate::page::Page;
use crypto_code::CryptoCode;
use ebirlik_store::testing::TestDatabase;
use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;
use tokio::runtime::Runtime;

/// All that a test needs. The store is an SQLite file: what pages say on either store is tried without a browser.
pub(crate) struct Stage {
    browser: Rc<RefCell<Chromium>>,
    pub(crate) server: Server,
    pub(crate) installation: Installation,
    /// For what a test sends besides.
    pub(crate) runtime: Runtime,
}

impl Stage {
    pub(crate) fn set() -> Self {
        Self::set_with(Runtime::new().expect("a runtime"), &[])
    }

    /// As a [`set`](Self::set) one, with settings over the demo's.
    pub(crate) fn set_with(runtime: Runtime, settings: &[(&str, &str)]) -> Self {
        let installation = Installation::new(TestDatabase::sqlite());
        let server = runtime.block_on(installation.serve_as("http", &installation.http, settings));
        Self { browser: Rc::new(RefCell::new(Chromium::start())), server, installation, runtime }
    }

    /// A page of nobody.
    pub(crate) fn page(&self) -> Page {
        Page::new(&self.browser, &self.server.url)
    }

    /// A page of somebody of the demo.
    pub(crate) fn page_of(&self, user: &str) -> Page {
        let mut page = self.page();
        page.sign_in(user, &format!("demo-{user}"));
        page
    }

    /// A file of the computer, to be uploaded.
    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let file = self.installation.folder.path().join(name);
        fs::write(&file, bytes).expect("written");
        file
    }

    /// The codes of the demo's approvals, in fours, as its table has them.
    pub(crate) fn codes(&self) -> Vec<String> {
        let words = self.installation.printed.split_whitespace();
        let codes = words.filter(|word| word.len() == PRINTED && CryptoCode::parse(word).is_ok());
        let mut codes: Vec<String> = codes.map(str::to_owned).collect();
        codes.sort_unstable();
        codes.dedup();
        assert!(codes.len() >= 5, "{}", self.installation.printed);
        codes
    }
}

/// Sixteen letters and three hyphens.
const PRINTED: usize = 19;
