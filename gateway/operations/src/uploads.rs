//! Is this a file that we keep? Judged by its content, never by its name or by what its sender calls it.

use ebirlik_domain::catalogue::Rule;
use ebirlik_domain::finding::Finding;

/// Largest file: a scanned page has a tenth of it, a colour photograph of a telephone half.
pub const FILE_BYTES_MAX: usize = 5 << 20;
/// Longest name, in characters.
pub const NAME_MAX: usize = 120;

/// What a file is, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Portable document format. Source: ISO 32000-1, 7.5.2.
    Pdf,
    /// A photograph. Source: ITU-T T.81, B.1.1.3: start of image, and the marker behind it.
    Jpeg,
    /// A picture. Source: ISO/IEC 15948, 5.2.
    Png,
}

impl FileKind {
    /// Every kind with the bytes that it begins with.
    const ALL: [(Self, &'static [u8]); 3] =
        [(Self::Pdf, b"%PDF-"), (Self::Jpeg, b"\xff\xd8\xff"), (Self::Png, b"\x89PNG\r\n\x1a\n")];

    /// As `Content-Type` says it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// What the name of such a file ends in.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }

    /// From the stored media type.
    pub fn of_media_type(text: &str) -> Option<Self> {
        Self::ALL.into_iter().map(|(kind, _)| kind).find(|kind| kind.media_type() == text)
    }
}

/// What a file is, and whether we keep it under this name. The name may be empty; it is shown, and never used as a path.
///
/// # Errors
/// Why it is not kept.
pub fn check(bytes: &[u8], name: &str) -> Result<FileKind, Finding> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(Finding::new(Rule::FileTooLarge).detail(format!("{} MB", FILE_BYTES_MAX >> 20)));
    }
    let is_shown =
        |letter: char| !letter.is_control() && !matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if name.chars().count() > NAME_MAX || !name.chars().all(is_shown) {
        return Err(Finding::new(Rule::FileName).detail(NAME_MAX.to_string()));
    }
    let kind = FileKind::ALL.into_iter().find(|(_, start)| bytes.starts_with(start));
    kind.map(|(kind, _)| kind).ok_or_else(|| Finding::new(Rule::FileKind))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// G-6: what a file is, its first bytes say.
    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        let check = |bytes: &[u8], name: &str, expected: Result<FileKind, Rule>| {
            assert_eq!(check(bytes, name).map_err(|finding| finding.rule), expected, "{name}");
        };
        check(b"%PDF-1.7\n", "fatura.pdf", Ok(FileKind::Pdf));
        check(b"\xff\xd8\xff\xe0", "", Ok(FileKind::Jpeg));
        check(b"\x89PNG\r\n\x1a\n", "çeki listesi.pdf", Ok(FileKind::Png));
        check(b"<html><script>", "fatura.pdf", Err(Rule::FileKind));
        check(b" %PDF-1.7", "fatura.pdf", Err(Rule::FileKind));
        check(b"MZ", "fatura.png", Err(Rule::FileKind));
        check(b"", "", Err(Rule::FileKind));
        check(b"%PDF-1.7", "a\r\nb.pdf", Err(Rule::FileName));
        check(b"%PDF-1.7", "fatura\u{202e}fdp.exe", Err(Rule::FileName));
        check(b"%PDF-1.7", &"ş".repeat(NAME_MAX), Ok(FileKind::Pdf));
        check(b"%PDF-1.7", &"ş".repeat(NAME_MAX + 1), Err(Rule::FileName));
        let mut large = b"%PDF-1.7".to_vec();
        large.resize(FILE_BYTES_MAX, 0);
        check(&large, "", Ok(FileKind::Pdf));
        large.push(0);
        check(&large, "", Err(Rule::FileTooLarge));
        assert!(
            [FileKind::Pdf, FileKind::Jpeg, FileKind::Png]
                .iter()
                .all(|kind| FileKind::of_media_type(kind.media_type()) == Some(*kind))
        );
    }
}
