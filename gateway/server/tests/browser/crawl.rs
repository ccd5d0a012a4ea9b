//! Every page that a role can reach: its menu, and the links from there.

use crate::examine::examine;
use crate::page::Page;
use crate::stage::Stage;
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;

/// WCAG 2.2 AA as axe sees it, in Turkish by day and in English by night; 320 pixels; no complaint of the browser;
/// whole without script; less than 100 KB.
#[test]
fn every_page_of_every_role_is_in_order() {
    let stage = Stage::set();
    let mut wrong = Vec::new();
    // What everybody reaches without a sign-in is looked at once.
    let mut seen = BTreeSet::new();
    for (role, mut page) in everybody(&stage) {
        let found = crawl(&mut page);
        assert!(found.len() > 2, "{role} finds {found:?} only");
        println!("{role}: {}", found.join(" "));
        for path in found.into_iter().filter(|path| !seen.contains(path)).collect::<Vec<_>>() {
            if role == "nobody" {
                seen.insert(path.clone());
            }
            wrong.extend(faults(&mut page, &path).into_iter().map(|fault| format!("{role} {path}: {fault}")));
            keep_pictures(&mut page, role, &path);
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// A page of each role, and of nobody.
fn everybody(stage: &Stage) -> Vec<(&'static str, Page)> {
    let mut pages = vec![("nobody", stage.page())];
    for (role, user) in ROLES {
        pages.push((role, stage.page_of(user)));
    }
    let mut acting = stage.page_of("broker1");
    acting.open("/firms");
    acting.follow(|page| {
        page.eval("document.querySelector('[name=exporter]').click()");
    });
    pages.push(("broker for an exporter", acting));
    pages
}

/// The addresses that a role reaches, one of each kind.
fn crawl(page: &mut Page) -> Vec<String> {
    page.open("/");
    let mut waiting = VecDeque::from([(page.path(), 0)]);
    let mut kinds = BTreeSet::new();
    let mut found = Vec::new();
    while let Some((path, depth)) = waiting.pop_front() {
        if !kinds.insert(kind(&path)) || path == ELSEWHERE {
            continue;
        }
        let visit = page.open(&path);
        if visit.status == 0 {
            continue; // a file to keep
        }
        if depth < DEPTH {
            let links: Vec<Value> = page.eval(LINKS).as_array().cloned().unwrap_or_default();
            let links = links.iter().filter_map(Value::as_str);
            waiting.extend(links.map(|link| (link.to_owned(), depth + 1)));
        }
        found.push(path);
    }
    found
}

/// It leads to another house (P-5.5.1).
const ELSEWHERE: &str = "/membership-application";

/// Keeps how a page looks on a desk and on a telephone, where `EBIRLIK_PICTURES` names a folder: for the eye.
fn keep_pictures(page: &mut Page, role: &str, path: &str) {
    let Some(folder) = std::env::var_os("EBIRLIK_PICTURES").map(PathBuf::from) else { return };
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    let name: String = path.chars().map(letter).take(80).collect();
    for width in [390, 1280] {
        let file = folder.join(format!("{role} {name} {width}.png"));
        std::fs::write(file, page.picture(width)).expect("the folder takes a picture");
    }
}

/// What is wrong with one address, in both languages and schemes, and without script.
fn faults(page: &mut Page, path: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let joint = if path.contains('?') { '&' } else { '?' };
    for (language, dark) in [("en", true), ("tr", false)] {
        page.complaints();
        let visit = page.open(&format!("{path}{joint}lang={language}"));
        let found = examine(page, &visit, dark);
        wrong.extend(found.into_iter().map(|fault| format!("{language}: {fault}")));
    }
    let headings = page.eval(HEADINGS);
    page.set_script(false);
    let visit = page.open(path);
    if visit.status != 200 || page.eval(HEADINGS) != headings {
        wrong.push(format!("without script: {} and other headings than {headings}", visit.status));
    }
    page.set_script(true);
    wrong
}

/// Addresses of the same page with other rows: numbers and codes in it count as the same, and of a query its names.
fn kind(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let part = |part: &str| if part.contains(|letter: char| letter.is_ascii_digit()) { "*" } else { part }.to_owned();
    let parts: Vec<String> = path.split('/').map(part).collect();
    let names: BTreeSet<&str> = query.split('&').map(|pair| pair.split('=').next().unwrap_or_default()).collect();
    json!([parts, names]).to_string()
}

/// Of the demo. Exporters and brokers act for their own firm at first.
const ROLES: [(&str, &str); 5] = [
    ("exporter", "exporter1"),
    ("broker", "broker1"),
    ("customs", "customs"),
    ("staff", "staff-immib"),
    ("administrator", "admin"),
];
/// From the start page: the menu, what it leads to, and what that leads to.
const DEPTH: u32 = 3;
/// Of this site, without other languages and what is published as files.
const LINKS: &str = "[...document.querySelectorAll('a[href]:not([download])')]
    .filter((one) => one.origin === location.origin && !one.search.includes('lang='))
    .map((one) => one.pathname + one.search)
    .filter((path) => !/^\\/(schemas|openapi|v1)\\b/.test(path))";
const HEADINGS: &str = "[...document.querySelectorAll('h1, h2')].filter((one) => one.checkVisibility())
    .map((one) => one.innerText)";

#[test]
fn rows_of_a_list_are_one_kind_of_page() {
    assert_eq!(kind("/declarations/BRK-2026-0042?sort=day"), kind("/declarations/7?sort=fee"));
    assert_ne!(kind("/declarations/7"), kind("/declarations"));
    assert_ne!(kind("/payments"), kind("/payments?sort=day"));
}
