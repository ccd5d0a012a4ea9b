//! An authority that issues the certificates of these tests.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, date_time_ymd,
};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A root, with its files in a folder.
pub(crate) struct Authority {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, as files.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Authority {
    /// A new one of this name, with its root in `NAME.pem`.
    pub(crate) fn new(folder: &Path, name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = params.self_signed(&key).expect("a root");
        write(&folder.join(format!("{name}.pem")), &root.pem());
        Self { folder: folder.to_owned(), issuer: Issuer::new(params, key) }
    }

    /// A certificate for a server on this machine, until a year's beginning.
    pub(crate) fn server(&self, name: &str, end: i32) -> Issued {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        self.issue(name, &names, ExtendedKeyUsagePurpose::ServerAuth, (2020, end))
    }

    /// A certificate for a client, from one year's beginning to another's.
    pub(crate) fn client(&self, name: &str, years: (i32, i32)) -> Issued {
        self.issue(name, &[], ExtendedKeyUsagePurpose::ClientAuth, years)
    }

    fn issue(&self, name: &str, names: &[String], usage: ExtendedKeyUsagePurpose, years: (i32, i32)) -> Issued {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(names).expect("names");
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![usage];
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let file = |ending: &str| self.folder.join(format!("{name}{ending}"));
        let issued = Issued { certificate: file(".pem"), key: file(".key") };
        write(&issued.certificate, &certificate.pem());
        write(&issued.key, &key.serialize_pem());
        issued
    }
}

impl Issued {
    /// As reqwest takes it.
    pub(crate) fn identity(&self) -> reqwest::Identity {
        let [key, certificate] = [&self.key, &self.certificate].map(|file| fs::read(file).expect("a file"));
        reqwest::Identity::from_pem(&[key, certificate].concat()).expect("an identity")
    }

    /// Puts these in the place of others, as tools that renew certificates do.
    pub(crate) fn replace(&self, others: &Issued) {
        for (from, to) in [(&self.certificate, &others.certificate), (&self.key, &others.key)] {
            fs::rename(from, to).expect("renamed");
        }
    }
}

fn write(file: &Path, text: &str) {
    fs::write(file, text).expect("written");
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).expect("closed to others");
}
