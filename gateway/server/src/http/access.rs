//! Who may ask what: every address of ours with its methods, its roles and the form in which it refuses.
//!
//! What is not in this table is not answered. Own and other firms are told apart by the operations themselves,
//! which answer "not found" for what belongs to others.

use ebirlik_operations::{Client, Role};
use http::Method;

/// One address and all that is decided before its handler runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Door {
    /// Path as the router writes it.
    pub(crate) path: &'static str,
    /// The methods it knows. `HEAD` goes with `GET`.
    pub(crate) methods: &'static [Method],
    /// Who may come in.
    pub(crate) who: Who,
    /// Which limits count the request.
    pub(crate) traffic: Traffic,
    /// How a refusal looks.
    pub(crate) refusals: Refusals,
}

/// Who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    /// Everyone, without signing in.
    Anyone,
    /// Whoever signs in with one of these roles.
    Roles(&'static [Role]),
    /// The same to send; to read, everyone.
    Senders(&'static [Role]),
}

/// Kinds of traffic that must not slow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Traffic {
    /// Probes of the operator's machines: never limited.
    Probe,
    /// Verification, which has limits of its own.
    Verification,
    /// Declarations.
    Submission,
    /// What a firm's programs look up: status, accounts; and the bank's notices of card payments, which make us look.
    Inquiry,
    /// The portal's pages, which never slow programs.
    Pages,
    /// What anyone may read, out of memory.
    Public,
}

impl Traffic {
    /// Its name in figures.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Verification => "verification",
            Self::Submission => "submission",
            Self::Inquiry => "inquiry",
            Self::Pages => "pages",
            Self::Public => "public",
        }
    }
}

/// How a refusal looks when the client does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusals {
    /// `BirlikOnayCevabi`, whatever the client accepts.
    Approval,
    /// Problem details in JSON, or `BirlikOnayCevabi` on `Accept`.
    Problem,
    /// As [`Refusals::Problem`]; what broke on our side is the verdict `unavailable`.
    Verification,
    /// A fault of SOAP, in the version that was sent.
    Soap,
}

/// Every address under `/v1`, and those that programs and operators read.
pub(crate) const DOORS: &[Door] = &[
    approval("/v1/approvals", POST, SENDERS),
    problem("/v1/approvals/{reference}", GET, FIRMS),
    problem("/v1/approvals/{reference}/withdraw", POST, FIRMS),
    problem("/v1/approvals/{reference}/urgent", POST, PAYERS),
    problem("/v1/approvals/{reference}/papers", BOTH, READERS),
    problem("/v1/approvals/{reference}/papers/{paper}", GET, READERS),
    verification("/v1/codes/{code}", GET),
    verification("/v1/codes/verify", POST),
    problem("/v1/accounts", GET, FIRMS),
    problem("/v1/accounts/{account}/statement", GET, FIRMS),
    problem("/v1/accounts/{account}/choice", POST, PAYERS),
    problem("/v1/feed", GET, FIRMS),
    problem("/v1/receipts", GET, FIRMS_AND_STAFF),
    problem("/v1/receipts/{receipt}", GET, FIRMS_AND_STAFF),
    problem("/v1/explanations/{reference}", GET, EXPLAINED),
    problem("/v1/registrations", POST, CUSTOMS),
    problem("/v1/registrations/{number}/exit", POST, CUSTOMS),
    problem("/v1/reconciliations", BOTH, RECONCILERS),
    problem("/v1/reconciliations/{row}", POST, STAFF),
    problem("/v1/approvals/{reference}/release", POST, STAFF),
    problem("/v1/approvals/{reference}/cancel", POST, STAFF),
    problem("/v1/approvals/{reference}/correct", POST, STAFF),
    problem("/v1/approvals/{reference}/refund", POST, STAFF),
    problem("/v1/approvals/{reference}/rebind", POST, STAFF),
    problem("/v1/desk", GET, STAFF),
    problem("/v1/cases", GET, STAFF),
    problem("/v1/cases/{case}/confirm", POST, STAFF),
    problem("/v1/cases/{case}/refuse", POST, STAFF),
    approval("/v1/counter/approvals", POST, STAFF),
    problem("/v1/bank-statements", POST, STAFF),
    problem("/v1/bank-lines", GET, STAFF),
    problem("/v1/bank-lines/{line}", POST, STAFF),
    open("/card-notices", POST, Traffic::Inquiry),
    open("/schemas", GET, Traffic::Public),
    open("/schemas/", GET, Traffic::Public),
    open("/schemas/{*file}", GET, Traffic::Public),
    open("/errors", GET, Traffic::Public),
    open("/openapi.json", GET, Traffic::Public),
    open("/health/live", GET, Traffic::Probe),
    open("/health/ready", GET, Traffic::Probe),
    problem("/metrics", GET, &[Role::Admin]),
    soap("/soap/onay", BOTH, SENDERS),
];

/// The door at a path as the router writes it.
pub(crate) fn door(path: &str) -> Option<&'static Door> {
    DOORS.iter().find(|door| door.path == path)
}

impl Door {
    /// Whether the method is known here.
    pub(crate) fn takes(&self, method: &Method) -> bool {
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        self.methods.contains(method)
    }

    /// The methods as the header `Allow` lists them.
    pub(crate) fn allow(&self) -> &'static str {
        match (self.methods.contains(&Method::GET), self.methods.contains(&Method::POST)) {
            (true, true) => "GET, HEAD, POST",
            (true, false) => "GET, HEAD",
            (false, _) => "POST",
        }
    }
}

impl Who {
    /// The roles that may come in with this method; `None` is everyone.
    pub(crate) fn roles(self, method: &Method) -> Option<&'static [Role]> {
        match self {
            Self::Anyone => None,
            Self::Roles(roles) => Some(roles),
            Self::Senders(roles) => (*method != Method::GET && *method != Method::HEAD).then_some(roles),
        }
    }

    /// Whether this client may come in.
    pub(crate) fn admits(self, client: &Client) -> bool {
        match self {
            Self::Anyone => true,
            Self::Roles(roles) | Self::Senders(roles) => roles.iter().any(|role| client.roles.has(*role)),
        }
    }
}

const fn approval(path: &'static str, methods: &'static [Method], roles: &'static [Role]) -> Door {
    Door { path, methods, who: Who::Roles(roles), traffic: Traffic::Submission, refusals: Refusals::Approval }
}

const fn problem(path: &'static str, methods: &'static [Method], roles: &'static [Role]) -> Door {
    Door { path, methods, who: Who::Roles(roles), traffic: Traffic::Inquiry, refusals: Refusals::Problem }
}

const fn verification(path: &'static str, methods: &'static [Method]) -> Door {
    let who = Who::Roles(VERIFIERS);
    Door { path, methods, who, traffic: Traffic::Verification, refusals: Refusals::Verification }
}

const fn soap(path: &'static str, methods: &'static [Method], roles: &'static [Role]) -> Door {
    Door { path, methods, who: Who::Senders(roles), traffic: Traffic::Submission, refusals: Refusals::Soap }
}

const fn open(path: &'static str, methods: &'static [Method], traffic: Traffic) -> Door {
    Door { path, methods, who: Who::Anyone, traffic, refusals: Refusals::Problem }
}

const GET: &[Method] = &[Method::GET];
const POST: &[Method] = &[Method::POST];
const BOTH: &[Method] = &[Method::GET, Method::POST];
/// Programs that send declarations.
const SENDERS: &[Role] = &[Role::Edi];
/// Whoever acts for a firm.
const FIRMS: &[Role] = &[Role::Edi, Role::Payer];
/// Whoever decides on a firm's money.
const PAYERS: &[Role] = &[Role::Payer];
/// Firms for their own, staff for their secretariat.
const FIRMS_AND_STAFF: &[Role] = &[Role::Edi, Role::Payer, Role::Staff];
/// The same, and who runs the installation.
const EXPLAINED: &[Role] = &[Role::Edi, Role::Payer, Role::Staff, Role::Admin];
/// Whom the papers of a declaration concern: its firms, its secretariat, and customs. Its declarant alone attaches them.
const READERS: &[Role] = &[Role::Edi, Role::Payer, Role::Staff, Role::Customs];
/// Customs alone.
const CUSTOMS: &[Role] = &[Role::Customs];
/// Customs and staff.
const RECONCILERS: &[Role] = &[Role::Customs, Role::Staff];
/// Staff of a secretariat, for its own declarations.
const STAFF: &[Role] = &[Role::Staff];
/// Customs; staff and administrators have the desk's page.
const VERIFIERS: &[Role] = &[Role::Customs];

#[cfg(test)]
mod tests {
    use super::*;

    /// The contract's table, role by role.
    #[test]
    fn each_role_opens_its_doors_and_no_others() {
        let check = |path: &str, roles: &str| {
            let door = door(path).unwrap();
            let open = |role: Role| door.who.roles(&Method::POST).is_none_or(|roles| roles.contains(&role));
            let all = [
                ("edi", Role::Edi),
                ("payer", Role::Payer),
                ("customs", Role::Customs),
                ("staff", Role::Staff),
                ("admin", Role::Admin),
            ];
            let opened: Vec<&str> = all.into_iter().filter(|(_, role)| open(*role)).map(|(name, _)| name).collect();
            assert_eq!(opened.join(" "), roles, "{path}");
        };
        check("/v1/approvals", "edi");
        check("/v1/approvals/{reference}", "edi payer");
        check("/v1/approvals/{reference}/withdraw", "edi payer");
        check("/v1/codes/{code}", "customs");
        check("/v1/codes/verify", "customs");
        check("/v1/accounts", "edi payer");
        check("/metrics", "admin");
        check("/health/ready", "edi payer customs staff admin");
        check("/errors", "edi payer customs staff admin");
        check("/soap/onay", "edi");
        // Toolkits read the description before anybody signs in.
        assert_eq!(door("/soap/onay").unwrap().who.roles(&Method::HEAD), None);
    }

    #[test]
    fn head_goes_with_get() {
        let get = door("/errors").unwrap();
        assert!(get.takes(&Method::HEAD) && get.takes(&Method::GET) && !get.takes(&Method::POST));
        let post = door("/v1/approvals").unwrap();
        assert!(!post.takes(&Method::HEAD) && post.takes(&Method::POST) && !post.takes(&Method::DELETE));
        assert_eq!((get.allow(), post.allow()), ("GET, HEAD", "POST"));
    }

    #[test]
    fn no_door_stands_twice() {
        for door in DOORS {
            assert_eq!(DOORS.iter().filter(|other| other.path == door.path).count(), 1, "{}", door.path);
        }
    }
}
