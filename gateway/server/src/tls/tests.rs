//! Files that fit, files that do not, and files that change.

use super::*;
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

/// A folder with the files of TLS.
struct Files {
    folder: TempDir,
}

impl Files {
    fn new() -> Self {
        let files = Self { folder: tempfile::tempdir().unwrap() };
        let (certificate, key) = pair(2030);
        files.write("certificate.pem", &certificate);
        files.write("key.pem", &key);
        files
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn settings(&self) -> Settings {
        let mut settings = Settings { certificate: "certificate.pem".into(), key: "key.pem".into(), client_ca: None };
        settings.resolve(self.folder.path());
        settings
    }
}

/// A certificate that ends with a year's beginning, and its key.
fn pair(end: i32) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(end, 1, 1);
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

fn days_left(identity: &Identity) -> i32 {
    identity.days_left("2029-12-30T12:00:00Z".parse().unwrap())
}

#[test]
fn what_does_not_fit_is_refused_by_the_name_of_its_setting() {
    let check = |break_it: &dyn Fn(&Files, &mut Settings), expected: &str| {
        let files = Files::new();
        let mut settings = files.settings();
        break_it(&files, &mut settings);
        let error = Identity::open(settings).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(expected), "{error}");
    };
    check(&|files, _| fs::remove_file(files.folder.path().join("certificate.pem")).unwrap(), "tls.certificate = ");
    check(&|files, _| files.write("certificate.pem", "nothing"), "tls.certificate = ");
    check(&|files, _| files.write("key.pem", "nothing"), "tls.key = ");
    check(&|files, _| files.write("key.pem", &pair(2030).1), "does not fit tls.certificate");
    check(&|_, settings| settings.client_ca = Some(settings.key.clone()), "tls.client_ca = ");
    let open_to = |mode| {
        move |_: &Files, settings: &mut Settings| {
            fs::set_permissions(&settings.key, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    check(&open_to(0o644), "others may read the private key");
    check(&open_to(0o660), "others may read the private key");
    check(&open_to(0o640), "");
}

#[test]
fn changed_files_are_picked_up_and_broken_ones_change_nothing() {
    let files = Files::new();
    let identity = Identity::open(files.settings()).unwrap();
    assert_eq!(days_left(&identity), 1);
    assert!(!identity.reread().unwrap());

    let (certificate, key) = pair(2031);
    files.write("certificate.pem", &certificate);
    assert!(identity.reread().is_err(), "the key is still the old one");
    assert!(identity.reread().is_err(), "a failure is tried again");
    assert_eq!(days_left(&identity), 1, "the identity before stays");
    files.write("key.pem", &key);
    assert!(identity.reread().unwrap());
    assert_eq!(days_left(&identity), 366);
    assert!(!identity.reread().unwrap());
}

#[test]
fn a_certificate_is_known_by_its_fingerprint_subject_and_validity() {
    let (text, _) = pair(2030);
    let certificate = Certificate::of_pem(text.as_bytes()).unwrap();
    assert_eq!(certificate.subject, "CN=rcgen self signed cert");
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    assert!(certificate.counts_at(at("2026-01-01T00:00:00Z")) && certificate.counts_at(at("2030-01-01T00:00:00Z")));
    assert!(!certificate.counts_at(at("2025-12-31T23:59:59Z")) && !certificate.counts_at(at("2030-01-01T00:00:01Z")));
    assert!(Certificate::of_pem(b"nothing").is_err());
    let typed = certificate::printed(&certificate.fingerprint);
    assert_eq!(certificate::fingerprint_of(&typed), Ok(certificate.fingerprint));
    assert_eq!(certificate::fingerprint_of(&typed.replace(':', "").to_lowercase()), Ok(certificate.fingerprint));
    assert!(certificate::fingerprint_of(&typed[3..]).is_err() && certificate::fingerprint_of("").is_err());
    assert_ne!(Certificate::of_pem(pair(2030).0.as_bytes()).unwrap().fingerprint, certificate.fingerprint);
}
