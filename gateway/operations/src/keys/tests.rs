//! Tests of the key ring's file.

use super::*;
use jiff::civil::date;

fn fresh(key: u8) -> Fresh {
    Fresh { key: Zeroizing::new([key; 32]), salt: [key; 16], today: date(2026, 11, 21) }
}

fn generation(value: u8) -> Generation {
    Generation::new(value).unwrap()
}

fn sealed_file(path: PathBuf) -> KeyFile {
    KeyFile::at(path, Some(Passphrase::new("beş rastgele kelime yeter mi")))
}

/// Names of the files in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_ring_is_made_once_rotated_and_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let file = KeyFile::at(path.clone(), None);
    let first = file.generate(&fresh(1), None).unwrap();
    assert!(matches!(file.generate(&fresh(2), None), Err(KeysError::Exists(_))));
    assert_eq!(file.read().unwrap().current(), first.current());
    assert!(file.read_if_changed().unwrap().is_none());
    let second = KeyFile::at(path.clone(), None).rotate(&fresh(3)).unwrap();
    assert_ne!(second.current(), first.current());
    assert_eq!(file.read_if_changed().unwrap().unwrap().current(), second.current());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names(folder.path()), ["keys"]);
}

#[test]
fn a_ring_that_others_may_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    generate(&path, &[1; 32], date(2026, 11, 21)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(KeyFile::at(path, None).read(), Err(KeysError::Open(_))));
}

#[test]
fn a_retired_generation_never_issues_again_and_twice_is_as_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = KeyFile::at(folder.path().join("keys"), None);
    file.generate(&fresh(1), None).unwrap();
    assert_eq!(file.retire(generation(1), &fresh(2)).unwrap().current(), generation(2));
    assert_eq!(file.retire(generation(1), &fresh(3)).unwrap().current(), generation(2));
    let unknown = file.retire(generation(9), &fresh(4)).unwrap_err().to_string();
    assert!(unknown.ends_with("it has no such generation"), "{unknown}");
    let ring = file.mark_leaked(generation(2), &fresh(5)).unwrap();
    assert!(ring.is_leaked(generation(2)) && !ring.is_leaked(generation(1)));
    assert_eq!(file.read().unwrap().current(), generation(3));
    assert_eq!(names(folder.path()), ["keys"]);
}

#[test]
fn a_sealed_ring_opens_with_its_passphrase_and_nothing_else_harms_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let file = sealed_file(path.clone());
    file.generate(&fresh(1), None).unwrap();
    let bytes = fs::read_to_string(&path).unwrap();
    assert!(sealed::is_sealed(&bytes) && !bytes.contains(&"01".repeat(32)));
    let wrong = KeyFile::at(path.clone(), Some(Passphrase::new("not the passphrase")));
    for refused in [wrong.read(), wrong.rotate(&fresh(2)), wrong.unseal(&fresh(2)), wrong.seal(&fresh(2))] {
        assert!(matches!(refused, Err(KeysError::Sealed { source: SealedError::Passphrase, .. })), "{refused:?}");
    }
    assert!(wrong.read_if_changed().unwrap().is_none(), "the same passphrase is not tried again on the same file");
    assert!(matches!(KeyFile::at(path.clone(), None).read(), Err(KeysError::NoPassphrase(_))));
    assert_eq!(fs::read_to_string(&path).unwrap(), bytes);
    assert_eq!(names(folder.path()), ["keys"]);

    file.rotate(&fresh(2)).unwrap();
    assert!(sealed::is_sealed(&fs::read_to_string(&path).unwrap()));
    let copy = folder.path().join("copy");
    file.seal_copy(&copy, &fresh(3)).unwrap();
    assert!(matches!(file.seal_copy(&copy, &fresh(3)), Err(KeysError::Exists(_))));
    file.unseal(&fresh(4)).unwrap();
    assert_eq!(KeyFile::at(path, None).read().unwrap().current(), generation(2));
    assert_eq!(sealed_file(copy).read().unwrap().to_text(), file.read().unwrap().to_text());
}

#[test]
fn a_short_passphrase_seals_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = KeyFile::at(folder.path().join("keys"), Some(Passphrase::new("short")));
    assert!(matches!(file.generate(&fresh(1), None), Err(KeysError::ShortPassphrase)));
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn two_commands_never_change_the_ring_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    generate(&path, &[1; 32], date(2026, 11, 21)).unwrap();
    let other = Beside::make(&path).unwrap();
    assert!(matches!(KeyFile::at(path.clone(), None).rotate(&fresh(2)), Err(KeysError::Changing(_))));
    drop(other);
    KeyFile::at(path, None).rotate(&fresh(2)).unwrap();
}
