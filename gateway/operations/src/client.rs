//! Who is asking: a signed-in program, officer, member of staff or administrator, and what each role is.

/// What a client may be. Source: contract section 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A program that submits declarations.
    Edi,
    /// One who pays on the portal.
    Payer,
    /// A person who acts for firms on the portal.
    Portal,
    /// A customs officer, or customs' program.
    Customs,
    /// Staff of a secretariat.
    Staff,
    /// Who runs the installation.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [Self::Edi, Self::Payer, Self::Portal, Self::Customs, Self::Staff, Self::Admin];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Edi => "edi",
            Self::Payer => "payer",
            Self::Portal => "portal",
            Self::Customs => "customs",
            Self::Staff => "staff",
            Self::Admin => "admin",
        }
    }

    /// From the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// A set of roles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Roles(u8);

impl Roles {
    /// From words separated by spaces; `None` when one of them is no role.
    pub fn parse(text: &str) -> Option<Self> {
        text.split_ascii_whitespace().map(Role::parse).try_fold(Self::default(), |roles, role| Some(roles.with(role?)))
    }

    /// The same set and one role more.
    #[must_use]
    pub fn with(self, role: Role) -> Self {
        Self(self.0 | 1 << role as u8)
    }

    /// True when the role is among them.
    pub fn has(self, role: Role) -> bool {
        self.0 & 1 << role as u8 != 0
    }

    /// True when any of the roles is among them.
    pub fn has_any(self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.has(*role))
    }
}

/// A client whose credentials were proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// User code.
    pub code: String,
    /// Tax number of the firm it acts for; empty for officers, staff and administrators.
    pub firm: String,
    /// Secretariat of a member of staff; empty otherwise.
    pub secretariat: String,
    /// What it may be.
    pub roles: Roles,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_as_words() {
        let roles = Roles::parse("edi payer").unwrap();
        assert!(roles.has(Role::Edi) && roles.has(Role::Payer) && !roles.has(Role::Admin));
        assert_eq!(Roles::parse("edi chief"), None);
        assert!(!Roles::parse("").unwrap().has_any(&Role::ALL));
    }
}
