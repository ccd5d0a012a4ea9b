//! In which namespace is a name? Source: Namespaces in XML 1.0 (third edition).

use super::flaw::{Fault, said};
use super::reference;
use super::tag::{Attribute, Name};
use crate::soap::{ENVELOPE_11, ENVELOPE_12, SECURITY, Version};
use ebirlik_domain::catalogue::Rule;
use std::borrow::Cow;

/// The namespaces that make a difference to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// One of customs', the union's own, or none: elements count by their local names.
    Known,
    /// SOAP's own.
    Soap(Version),
    /// WS-Security.
    Security,
    /// XInclude.
    Include,
    /// Any other.
    Foreign,
}

/// The declarations in scope.
#[derive(Debug)]
pub(super) struct Namespaces<'a> {
    bindings: Vec<Binding<'a>>,
    /// For each open element that declares some: its depth, and the bindings and the default around it.
    marks: Vec<(usize, usize, Space)>,
    depth: usize,
    default: Space,
}

#[derive(Debug)]
struct Binding<'a> {
    prefix: &'a str,
    uri: Cow<'a, str>,
    space: Space,
}

impl Default for Namespaces<'_> {
    fn default() -> Self {
        Self { bindings: Vec::new(), marks: Vec::new(), depth: 0, default: Space::Known }
    }
}

impl<'a> Namespaces<'a> {
    /// An element begins.
    pub(super) fn open(&mut self) {
        self.depth += 1;
    }

    /// An element ends, and with it what it declared.
    pub(super) fn close(&mut self) {
        if let Some((_, bindings, default)) = self.marks.pop_if(|(depth, ..)| *depth == self.depth) {
            self.bindings.truncate(bindings);
            self.default = default;
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// Takes the declarations of an element, and proves that none of its attributes stands twice or is unbound.
    pub(super) fn declare(&mut self, attributes: &[Attribute<'a>]) -> Result<(), Fault> {
        self.marks.push((self.depth, self.bindings.len(), self.default));
        for (index, attribute) in attributes.iter().enumerate() {
            if attributes.iter().take(index).any(|earlier| earlier.name.whole == attribute.name.whole) {
                return Err(twice(attribute));
            }
            if attribute.name.whole == "xmlns" {
                self.default = space_of(&uri_of(attribute, "")?);
            } else if attribute.name.prefix == "xmlns" {
                self.bind(attribute)?;
            }
        }
        let is_prefixed = |attribute: &&Attribute<'a>| !matches!(attribute.name.prefix, "" | "xmlns");
        let prefixed = attributes.iter().filter(is_prefixed);
        for (index, attribute) in prefixed.clone().enumerate() {
            let uri = self.uri(attribute.name)?;
            for earlier in prefixed.clone().take(index).filter(|earlier| earlier.name.local == attribute.name.local) {
                if self.uri(earlier.name)? == uri {
                    return Err(twice(attribute));
                }
            }
        }
        Ok(())
    }

    fn bind(&mut self, attribute: &Attribute<'a>) -> Result<(), Fault> {
        let prefix = attribute.name.local;
        let uri = uri_of(attribute, prefix)?;
        if prefix == "xmlns" || uri.is_empty() {
            return Err(said("ön ek bildirimi geçersiz / prefix cannot be declared so", attribute.name.whole));
        }
        if self.bindings.len() >= BINDINGS_MAX {
            return Err(Fault::over(Rule::TooManyAttributes, BINDINGS_MAX));
        }
        let space = space_of(&uri);
        self.bindings.push(Binding { prefix, uri, space });
        Ok(())
    }

    /// The namespace of an element without prefix.
    pub(super) fn of_unprefixed(&self) -> Space {
        self.default
    }

    /// The namespace of an element.
    pub(super) fn space_of(&self, name: Name<'a>) -> Result<Space, Fault> {
        match name.prefix {
            "" => Ok(self.default),
            "xml" => Ok(Space::Foreign),
            _ => self.binding(name).map(|binding| binding.space),
        }
    }

    /// The namespace of an attribute with a prefix, as it is called.
    pub(super) fn uri(&self, name: Name<'a>) -> Result<&str, Fault> {
        if name.prefix == "xml" { Ok(XML) } else { self.binding(name).map(|binding| binding.uri.as_ref()) }
    }

    fn binding(&self, name: Name<'a>) -> Result<&Binding<'a>, Fault> {
        let binding = self.bindings.iter().rev().find(|binding| binding.prefix == name.prefix);
        binding.ok_or_else(|| said("bildirilmemiş ad alanı ön eki / prefix not declared", name.prefix))
    }
}

/// The namespace that an attribute declares for a prefix (empty: the default one).
fn uri_of<'a>(attribute: &Attribute<'a>, prefix: &str) -> Result<Cow<'a, str>, Fault> {
    let uri = reference::expanded(attribute.value)?;
    // `xml` is bound for ever, and nothing else may be bound to its namespace or that of `xmlns`.
    if (prefix == "xml") != (uri == XML) || uri == XMLNS {
        return Err(said("ayrılmış ad alanı / reserved namespace", attribute.name.whole));
    }
    Ok(uri)
}

fn space_of(uri: &str) -> Space {
    match uri {
        ""
        | "http://tempuri.org/"
        | "http://LoginKontrol.KontrolGelen"
        | "http://Gumruk.BizTalk.Integration"
        | "urn:ebirlik:onay:1" => Space::Known,
        ENVELOPE_11 => Space::Soap(Version::Soap11),
        ENVELOPE_12 => Space::Soap(Version::Soap12),
        SECURITY => Space::Security,
        "http://www.w3.org/2001/XInclude" => Space::Include,
        _ => Space::Foreign,
    }
}

fn twice(attribute: &Attribute<'_>) -> Fault {
    said("aynı öznitelik iki kez / attribute twice", attribute.name.whole)
}

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
/// Declarations in scope at once. Real messages have 5; every prefixed name is looked up among them.
const BINDINGS_MAX: usize = 64;
