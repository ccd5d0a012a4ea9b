//! The request in SOAP's shells: which of them are taken, what is said of the others, and who sends them.

use super::{form, place, sample_element};
use crate::request::{FormError, Read, RequestFacts};
use crate::soap::{ENVELOPE_11, ENVELOPE_12, HEAD_BYTES, SECURITY, Sender, Version, head};
use crate::xml::read;

fn try_read(body: impl AsRef<[u8]>) -> Result<Read, FormError> {
    let facts = RequestFacts { secretariat: Some("UIB"), is_enveloped: true, ..RequestFacts::default() };
    read(body.as_ref(), &facts)
}

#[track_caller]
fn check(body: &str, expected: &str) {
    let found = match try_read(body) {
        Ok(_) => "ok".to_owned(),
        Err(error) => {
            let (_, path, line, column) = form(&error);
            format!("{} {path} {line}:{column}", error.finding().rule.name())
        }
    };
    assert_eq!(found, expected, "{body}");
}

fn wrapped(inside: &str) -> String {
    format!(
        "<BirlikOnayTalebi xmlns='urn:ebirlik:onay:1'><GenelSekreterlik>IMMIB</GenelSekreterlik>{inside}</BirlikOnayTalebi>"
    )
}

fn enveloped(version: Version, header: &str, body: &str) -> String {
    let namespace = version.namespace();
    format!("<s:Envelope xmlns:s='{namespace}'>{header}<s:Body>{body}</s:Body></s:Envelope>")
}

fn operation(inside: &str) -> String {
    format!("<o:OnayIste xmlns:o='urn:ebirlik:onay:1'>{inside}</o:OnayIste>")
}

fn good(version: Version) -> String {
    enveloped(version, "", &operation(&wrapped(sample_element())))
}

/// G-22, G-35: in either SOAP it is the same declaration, and its answer has the version of its question.
#[test]
fn a_declaration_in_either_soap_is_the_same_declaration() {
    let plain = read(wrapped(sample_element()).as_bytes(), &RequestFacts::default()).unwrap();
    for version in [Version::Soap11, Version::Soap12] {
        let read = try_read(good(version)).unwrap();
        assert_eq!(read.declaration.digest, plain.declaration.digest);
        assert_eq!(read.declaration.secretariat.text(), Some("IMMIB"));
        assert_eq!((read.source.soap(), read.source.content_type()), (Some(version), version.content_type()));
        assert_eq!(read.declaration.notices, []);
        let header = "<s:Header><Security><Password>geheim</Password></Security></s:Header>";
        let with_header = enveloped(version, header, &operation(&wrapped(sample_element())));
        let read = try_read(with_header).unwrap();
        assert_eq!(read.declaration.digest, plain.declaration.digest);
        assert!(!read.declaration.content.contains("geheim"));
        // Customs' own SOAP may stand in the wrapper as ever.
        let customs = format!("<e:Envelope xmlns:e='{ENVELOPE_11}'><e:Body>{}</e:Body></e:Envelope>", sample_element());
        let twofold = enveloped(version, "", &operation(&wrapped(&customs)));
        assert_eq!(try_read(twofold).unwrap().declaration.digest, plain.declaration.digest);
    }
    assert_eq!(plain.source.soap(), None);
}

#[test]
fn each_shell_holds_one_element_alone() {
    let (request, gelen) = (wrapped("<Gelen/>"), "<Gelen/>");
    let in_body = |body: &str| enveloped(Version::Soap12, "", body);
    let start = "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'>".len();
    let (body, inside) = (start + 1, start + "<s:Body>".len() + 1);
    check(&in_body(&operation(&request)), "ok");
    check(&in_body(&operation(&request).replace("o:", "").replace(":o=", "=")), "ok");
    check(&in_body(""), &format!("SoapShape /Envelope/Body 1:{body}"));
    check(&in_body("\n<!-- --> "), &format!("SoapShape /Envelope/Body 1:{body}"));
    check(&in_body(&request), &format!("SoapShape /Envelope/Body/BirlikOnayTalebi 1:{inside}"));
    check(&in_body("<x:OnayIste xmlns:x='urn:x'/>"), &format!("SoapShape /Envelope/Body/OnayIste 1:{inside}"));
    check(&in_body(&operation("")), &format!("SoapShape /Envelope/Body/OnayIste 1:{inside}"));
    check(&in_body(&operation("\n<Baska/>")), "SoapShape /Envelope/Body/OnayIste/Baska 2:1");
    check(
        &in_body(&format!("{}\n{}", operation(&request), operation(&request))),
        "SoapShape /Envelope/Body/OnayIste 2:1",
    );
    check(&in_body(&format!("{}\n<Baska/>", operation(&request))), "SoapShape /Envelope/Body/Baska 2:1");
    let twice = operation(&format!("{request}\n{request}"));
    check(&in_body(&twice), "SoapShape /Envelope/Body/OnayIste/BirlikOnayTalebi 2:1");
    let column = operation("").find("</").unwrap() + 1;
    check(&in_body(&format!("\n{}", operation(&wrapped("")))), &format!("GelenMissing /Gelen 2:{column}"));
    check(&format!("<s:Envelope xmlns:s='{ENVELOPE_11}'/>"), "SoapShape /Envelope 1:1");
    check(&format!("<s:Envelope xmlns:s='{ENVELOPE_11}'>\n<s:Header/></s:Envelope>"), "SoapShape /Envelope 1:1");
    let behind = good(Version::Soap11).replace("</s:Envelope>", "\n<s:Header/></s:Envelope>");
    assert!(matches!(try_read(&behind), Err(error) if form(&error).1 == "/Envelope/Header"));
    let other_body = good(Version::Soap11).replace("s:Body", "o:Body").replace("xmlns:s", "xmlns:o='urn:x' xmlns:s");
    assert!(matches!(try_read(&other_body), Err(error) if form(&error).1 == "/Envelope/Body"));
    for bare in [gelen, request.as_str()] {
        assert!(matches!(try_read(bare), Err(error) if form(&error).0 == "E1005"));
    }
}

#[test]
fn an_envelope_of_another_version_is_named_as_such() {
    check("<Envelope/>", "SoapVersion /Envelope 1:1");
    check(
        "\n<e:Envelope xmlns:e='http://www.w3.org/2001/12/soap-envelope'><e:Body/></e:Envelope>",
        "SoapVersion /Envelope 2:1",
    );
    // The whole is read first.
    check("<Envelope><a></Envelope>", "NotWellFormed /Envelope/a 1:14");
}

#[test]
fn what_no_message_may_hold_no_soap_message_may_hold() {
    let message = good(Version::Soap11);
    check(&format!("<!DOCTYPE a>{message}"), "Dtd / 1:1");
    check(&format!("<?x?>{message}"), "ProcessingInstruction / 1:1");
    let column = message.find("<s:Body>").unwrap() + 1;
    let instructed = message.replace("<s:Body>", "<?x?><s:Body>");
    check(&instructed, &format!("ProcessingInstruction /Envelope 1:{column}"));
    let error = try_read(message.replace("</o:OnayIste>", "")).unwrap_err();
    let (code, path, ..) = form(&error);
    assert_eq!((code, path.as_str()), ("E1001", "/Envelope/Body/OnayIste"));
}

/// Elsewhere nothing changed: an envelope of ours is no message of `/v1/approvals`.
#[test]
fn no_envelope_of_ours_is_taken_elsewhere() {
    for version in [Version::Soap11, Version::Soap12] {
        let error = read(good(version).as_bytes(), &RequestFacts::default()).unwrap_err();
        assert_eq!(form(&error).0, "E1005");
    }
}

#[test]
fn places_are_those_of_the_document_and_paths_those_of_the_request() {
    let request = wrapped("\n<Odeme>1</Odeme><Odeme>2</Odeme><Gelen>\n<RefID>A</RefID>\n<RefID>B</RefID></Gelen>");
    let read = try_read(enveloped(Version::Soap12, "\n<s:Header/>", &format!("x{}", operation(&request)))).unwrap();
    let places: Vec<_> = read.declaration.findings.iter().map(|finding| place(&read, finding)).collect();
    let expected = [
        ("/Envelope/Body".to_owned(), 2, 12),
        ("/BirlikOnayTalebi/Odeme".to_owned(), 3, 17),
        ("/Gelen/RefID".to_owned(), 5, 1),
    ];
    assert_eq!(places, expected);
}

/// What a sender is found to be: `-` for nobody, `?` for what is not taken.
fn sender(header: &str) -> String {
    let message = enveloped(Version::Soap11, &format!("<s:Header>{header}</s:Header>"), "<never read");
    let head = head(message.as_bytes(), &RequestFacts::default());
    assert!(head.version == Some(Version::Soap11) && head.flaw.is_none(), "{header}");
    match head.sender {
        Sender::Unnamed => "-".to_owned(),
        Sender::Unsupported => "?".to_owned(),
        Sender::Named { user, password } => format!("{user}:{password}"),
    }
}

fn security(inside: &str) -> String {
    format!("<w:Security xmlns:w='{SECURITY}' s:mustUnderstand='1'>{inside}</w:Security>")
}

const USER: &str = "<w:Username> broker1\n</w:Username>";

#[test]
fn a_username_token_with_a_plain_password_names_the_sender() {
    let check = |inside: &str, expected: &str| assert_eq!(sender(&security(inside)), expected, "{inside}");
    let token = |inside: &str| format!("<w:UsernameToken>{USER}{inside}</w:UsernameToken>");
    let profile = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0";
    let of_type = |kind: &str| token(&format!("<w:Password Type='{profile}{kind}'>a&amp;<![CDATA[<b]]></w:Password>"));
    let plain = token("<w:Password>si:fre</w:Password><w:Nonce>x</w:Nonce><u:Created xmlns:u='urn:u'>y</u:Created>");
    check(&plain, "broker1:si:fre");
    check(&format!("<u:Timestamp xmlns:u='urn:u'><u:Created>1</u:Created></u:Timestamp>{plain}"), "broker1:si:fre");
    check(&of_type("#PasswordText"), "broker1:a&<b");
    check(&token("<w:Password/>"), "broker1:");
    check(&of_type("#PasswordDigest"), "?");
    check(&token(""), "?");
    check(&token("<w:Password>1</w:Password><w:Password>2</w:Password>"), "?");
    check(&token(&format!("<w:Password>{}</w:Password>", "x".repeat(1_025))), "?");
    check("<w:UsernameToken><w:Username/><w:Password>1</w:Password></w:UsernameToken>", "?");
    check(&format!("{plain}{plain}"), "?");
    check("<w:BinarySecurityToken/>", "?");
    check(&format!("{plain}<d:Signature xmlns:d='urn:d'/>"), "?");
    check("", "-");
    assert_eq!(sender(""), "-");
    assert_eq!(sender(&security(&plain).replace(SECURITY, "urn:x").replace(" s:mustUnderstand='1'", "")), "-");
    assert_eq!(sender(&format!("{0}{0}", security(&plain))), "?");
}

#[track_caller]
fn check_flaw(version: Version, header: &str, expected: Option<&str>) {
    let message = enveloped(version, &format!("\n<s:Header>{header}</s:Header>"), "");
    let head = head(message.as_bytes(), &RequestFacts::default());
    let found = head.flaw.map(|flaw| {
        let (_, path, line, column) = form(&flaw);
        format!("{} {path} {line}:{column}", flaw.finding().rule.name())
    });
    assert_eq!(found.as_deref(), expected, "{header}");
}

#[test]
fn what_must_be_understood_and_is_not_is_refused() {
    let (one, two) = (Version::Soap11, Version::Soap12);
    let block = |attributes: &str| format!("<a:Action xmlns:a='urn:a' {attributes}>x</a:Action>");
    let refused = Some("SoapHeader /Envelope/Header/Action 2:11");
    for version in [one, two] {
        check_flaw(version, &block("s:mustUnderstand='1'"), refused);
        check_flaw(version, &block("s:mustUnderstand='true'"), refused);
        for harmless in
            ["", "s:mustUnderstand='0'", "s:mustUnderstand='false'", "mustUnderstand='1'", "a:mustUnderstand='1'"]
        {
            check_flaw(version, &block(harmless), None);
        }
        check_flaw(version, &security(""), None);
    }
    let next = "s:mustUnderstand='1' s:actor='http://schemas.xmlsoap.org/soap/actor/next'";
    check_flaw(one, &block(next), refused);
    check_flaw(one, &block("s:mustUnderstand='1' s:actor='urn:somebody'"), None);
    let receiver = format!("s:mustUnderstand='1' s:role='{ENVELOPE_12}/role/ultimateReceiver'");
    check_flaw(two, &block(&receiver), refused);
    check_flaw(two, &block(&format!("s:mustUnderstand='1' s:role='{ENVELOPE_12}/role/none'")), None);
}

#[test]
fn a_header_has_its_limit_and_no_more_than_it_is_read() {
    let filled = |bytes: usize| format!("<a/>{}", "<b>x</b>".repeat(bytes / 8));
    check_flaw(Version::Soap11, &filled(60 << 10), None);
    let long = enveloped(Version::Soap11, &format!("<s:Header>{}</s:Header>", filled(66 << 10)), "");
    let flaw = head(long.as_bytes(), &RequestFacts::default()).flaw.unwrap();
    assert_eq!((form(&flaw).0, form(&flaw).1.as_str()), ("E1003", "/Envelope/Header"));
    // A text or comment beyond what is read of a message ends the reading, and names nobody.
    let endless = format!("<s:Header><!--{}--></s:Header>", "x".repeat(2 * HEAD_BYTES));
    let message = enveloped(Version::Soap12, &endless, "");
    let cut = head(&message.as_bytes()[..HEAD_BYTES], &RequestFacts::default());
    assert!(cut.version == Some(Version::Soap12) && cut.sender == Sender::Unnamed && cut.flaw.is_none());
    let odd = head(b"\xFF\xFE<\0a\0", &RequestFacts::default());
    assert!(odd.version.is_none() && odd.sender == Sender::Unnamed && odd.flaw.is_none());
}

#[test]
fn nothing_in_a_header_is_ever_repeated() {
    for header in ["<p>ge<heim</p>", "<p>&#geheim;</p>", "<p><geheim></p>", "<geheim a='1' a='2'/>"] {
        let message = enveloped(Version::Soap11, &format!("<s:Header>{header}</s:Header>"), "");
        let error = try_read(message).unwrap_err();
        assert!(!format!("{error:?}").contains("heim"), "{error:?}");
        assert_eq!(form(&error).1, "/Envelope/Header");
    }
}
