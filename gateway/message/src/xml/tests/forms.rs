//! Every way in which a document is no document, with its code and place (G-21, G-88).

use super::{form, try_read};
use crate::request::{Limits, RequestFacts};
use crate::xml::read;

/// The code and place of what is wrong, as `code path line:column`; `ok` when nothing is.
#[track_caller]
fn check(body: impl AsRef<[u8]>, expected: &str) {
    let body = body.as_ref();
    let seen = match try_read(body) {
        Ok(_) => "ok".to_owned(),
        Err(error) => {
            let (code, path, line, column) = form(&error);
            format!("{code} {path} {line}:{column}")
        }
    };
    assert_eq!(seen, expected, "{}", String::from_utf8_lossy(body));
}

#[test]
fn what_must_be_closed_is_closed() {
    check("<Gelen/>", "ok");
    check("<Gelen></Gelen >", "ok");
    check("<Gelen>", "E1001 /Gelen 1:1");
    check("<Gelen>\n <BeyannameBilgi>", "E1001 /Gelen/BeyannameBilgi 2:2");
    check("<Gelen>\n <a></b></Gelen>", "E1001 /Gelen/a 2:5");
    check("<Gelen></gelen>", "E1001 /Gelen 1:8");
    check("<x:Gelen xmlns:x='http://tempuri.org/'></Gelen>", "E1001 /Gelen 1:40");
    check("<Gelen></Gelen a='1'>", "E1001 /Gelen 1:8");
    check("<Gelen></ Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen/></Gelen>", "E1001 / 1:9");
    check("</Gelen>", "E1001 / 1:1");
    check("<Gelen", "E1001 / 1:1");
    check("<Gelen><a</a></Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen><a", "E1001 /Gelen 1:8");
    check("<Gelen><a b='", "E1001 /Gelen 1:8");
    check("<Gelen><", "E1001 /Gelen 1:8");
    check("<Gelen><!", "E1001 /Gelen 1:8");
    check("<Gelen><!-- ", "E1001 /Gelen 1:8");
    check("<Gelen><![CDATA[ ]]", "E1001 /Gelen 1:8");
    check("<Gelen><![cdata[x]]></Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen><!ELEMENT a></Gelen>", "E1001 /Gelen 1:8");
}

#[test]
fn there_is_one_root_and_nothing_beside_it() {
    check("", "E1001 / 1:1");
    check(" \n ", "E1001 / 1:1");
    check("<!-- a -->", "E1001 / 1:1");
    check(" \n<!-- a --><Gelen/>\n<!-- b -->\n", "ok");
    check("<Gelen/>\n<Gelen/>", "E1001 / 2:1");
    check("<Gelen/>\n <a></a>", "E1001 / 2:2");
    check("<Gelen/>\n text", "E1001 / 2:2");
    check("text<Gelen/>", "E1001 / 1:1");
    check("<Gelen/>&amp;", "E1001 / 1:9");
    check("<Gelen/><![CDATA[]]>", "E1001 / 1:9");
    check("\u{FEFF}<Gelen/>", "ok");
    check("\u{FEFF}\u{FEFF}<Gelen/>", "E1001 / 1:1");
}

#[test]
fn characters_that_xml_forbids_are_found_anywhere() {
    check("<Gelen>\u{1}</Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen>şç\n\u{1F}</Gelen>", "E1001 /Gelen 2:1");
    check("<Gelen>\u{0}</Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen a='\u{B}'/>", "E1001 / 1:11");
    check("<Gelen><!-- \u{C} --></Gelen>", "E1001 /Gelen 1:13");
    check("<Gelen>\u{FFFE}</Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen/>\u{FFFF}", "E1001 / 1:9");
    check("<Gelen><![CDATA[\u{2}]]></Gelen>", "E1001 /Gelen 1:17");
    check("<Gelen>\u{85}\u{7F}</Gelen>", "ok");
    check("<Gelen>\t\r\n</Gelen>", "ok");
}

#[test]
fn references_are_to_characters_and_the_five_names() {
    check("<Gelen>&amp;&lt;&gt;&quot;&apos;&#65;&#x15F;</Gelen>", "ok");
    check("<Gelen a='&amp;&#65;'/>", "ok");
    check("<Gelen>&#0;</Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen>\n&#xFFFE;</Gelen>", "E1001 /Gelen 2:1");
    check("<Gelen>&#xD800;</Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen>a &#12;</Gelen>", "E1001 /Gelen 1:10");
    check("<Gelen a='&#0;'/>", "E1001 /Gelen 1:1");
    check("<Gelen>a & b</Gelen>", "E1001 /Gelen 1:10");
    check("<Gelen>a &; b</Gelen>", "E1001 /Gelen 1:10");
    check("<Gelen>&amp</Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen>&amp", "E1001 /Gelen 1:8");
    check("<Gelen a='&'/>", "E1001 /Gelen 1:1");
    check("<Gelen>\n <a>&nbsp;</a></Gelen>", "E1002 /Gelen/a 2:5");
    check("<Gelen>\n <a b='&x;'/></Gelen>", "E1002 /Gelen/a 2:2");
}

#[test]
fn nothing_from_outside_is_taken_in() {
    check("<!DOCTYPE Gelen><Gelen/>", "E1002 / 1:1");
    check("<?xml version='1.0'?>\n<!DOCTYPE a [<!ENTITY x \"boo\">]><Gelen>&x;</Gelen>", "E1002 / 2:1");
    check("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><Gelen/>", "E1002 / 1:1");
    check("<!DOCTYPE a [", "E1002 / 1:1");
    check("<!DOCTYPE>", "E1002 / 1:1");
    check("<Gelen/><!DOCTYPE a>", "E1002 / 1:9");
    check("<?php echo ?><Gelen/>", "E1002 / 1:1");
    check("<?xml-stylesheet href='a'?><Gelen/>", "E1002 / 1:1");
    check("<Gelen>\n<?a?></Gelen>", "E1002 /Gelen 2:1");
    check(
        "<Gelen><xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='a'/></Gelen>",
        "E1002 /Gelen/include 1:8",
    );
    check("<Gelen><include xmlns='http://www.w3.org/2001/XI&#110;clude'/></Gelen>", "E1002 /Gelen/include 1:8");
    // The first flaw of the document is said.
    check("<!DOCTYPE a><Gelen>", "E1002 / 1:1");
    check("<Gelen><a></b><?x?>", "E1001 /Gelen/a 1:11");
}

#[test]
fn the_xml_declaration_stands_at_the_very_start_and_says_1_0() {
    check("<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><Gelen/>", "ok");
    check("\u{FEFF}<?xml version='1.0'?><Gelen/>", "ok");
    check("<?xml version='1.1'?><Gelen/>", "E1001 / 1:1");
    check("<?xml version='1.0' standalone='no' encoding='utf-8'?><Gelen/>", "E1001 / 1:1");
    check("<?xml encoding='utf-8'?><Gelen/>", "E1001 / 1:1");
    check("<?xml version=1.0?><Gelen/>", "E1001 / 1:1");
    check(" <?xml version='1.0'?><Gelen/>", "E1001 / 1:2");
    check("<!-- --><?xml version='1.0'?><Gelen/>", "E1001 / 1:9");
    check("<Gelen>\n<?xml version='1.0'?></Gelen>", "E1001 /Gelen 2:1");
    check("<?xml version='1.0'?><?xml version='1.0'?><Gelen/>", "E1001 / 1:22");
}

#[test]
fn text_and_comments_follow_the_grammar() {
    check("<Gelen>]]></Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen>ş\r\n ]]></Gelen>", "E1001 /Gelen 2:2");
    check("<Gelen>]]&gt; > ]]</Gelen>", "ok");
    check("<Gelen><![CDATA[]]>]]&gt;</Gelen>", "ok");
    check("<Gelen><!-- a -- b --></Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen><!-- a ---></Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen><!--> --></Gelen>", "ok");
    check("<Gelen><!--></Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen><!---></Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen><!----></Gelen>", "ok");
}

#[test]
fn tags_follow_the_grammar() {
    check("<Gelen a='1' b=\"2\"\n c = '>'/>", "ok");
    check("<Gelen a=1/>", "E1001 /Gelen 1:1");
    check("<Gelen a/>", "E1001 /Gelen 1:1");
    check("<Gelen a='1'b='2'/>", "E1001 /Gelen 1:1");
    check("<Gelen a='<'/>", "E1001 /Gelen 1:1");
    check("<Gelen a='1' a='2'/>", "E1001 /Gelen 1:1");
    check("<Gelen>\n<a b='1' b='2'></a></Gelen>", "E1001 /Gelen/a 2:1");
    check("<Gelen 1a='1'/>", "E1001 /Gelen 1:1");
    check("<Gelen / >", "E1001 /Gelen 1:1");
    check("< Gelen/>", "E1001 / 1:1");
    check("<1Gelen/>", "E1001 / 1:1");
    check("<>", "E1001 / 1:1");
    check("<Gelen><a<b/></Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen><a/b></a/b></Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen><:a/></Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen><a:/></Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen><\u{D7}/></Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen><Ürün/></Gelen>", "ok");
}

#[test]
fn namespaces_are_declared_and_reserved_ones_left_alone() {
    let xml = "http://www.w3.org/XML/1998/namespace";
    check("<x:Gelen/>", "E1001 /Gelen 1:1");
    check("<Gelen>\n<a x:b='1'/></Gelen>", "E1001 /Gelen/a 2:1");
    check("<Gelen><a xmlns:x='u'/><x:b/></Gelen>", "E1001 /Gelen/b 1:24");
    check("<Gelen><a:b:c xmlns:a='u'/></Gelen>", "E1001 /Gelen 1:8");
    check("<Gelen xmlns:p=''/>", "E1001 /Gelen 1:1");
    check("<Gelen xmlns:xml='u'/>", "E1001 /Gelen 1:1");
    check(format!("<Gelen xmlns:xml='{xml}' xml:lang='tr'/>"), "ok");
    check(format!("<Gelen xmlns:p='{xml}'/>"), "E1001 /Gelen 1:1");
    check(format!("<Gelen xmlns='{xml}'/>"), "E1001 /Gelen 1:1");
    check("<Gelen xmlns:xmlns='u'/>", "E1001 /Gelen 1:1");
    check("<Gelen xmlns:p='http://www.w3.org/2000/xmlns/'/>", "E1001 /Gelen 1:1");
    check("<Gelen><xmlns:a/></Gelen>", "E1001 /Gelen/a 1:8");
    check("<Gelen xmlns:p='u' xmlns:q='u'><a p:x='1' q:x='2'/></Gelen>", "E1001 /Gelen/a 1:32");
    check("<Gelen xmlns:p='u' xmlns:q='&#117;'><a p:x='1' q:x='2'/></Gelen>", "E1001 /Gelen/a 1:37");
    check("<Gelen xmlns:p='u' xmlns:q='v'><a p:x='1' q:x='2' x='3'/></Gelen>", "ok");
    check("<Gelen xmlns='http://tempuri.org/'><a xmlns=''/></Gelen>", "ok");
}

#[test]
fn encodings_are_named_or_found_out_and_wrong_bytes_are_pointed_at() {
    check(b"<Gelen>\n \xC3\xBC\xFF</Gelen>", "E1004 /Gelen 2:3");
    check(b"<?xml version='1.0' encoding='iso-8859-9'?>\n<Gelen>\xFE\x81</Gelen>", "E1004 /Gelen 2:9");
    check(b"<?xml version='1.0' encoding='windows-1254'?><Gelen>\xFE\x80</Gelen>", "ok");
    check(b"<?xml version='1.0' encoding='koi8-r'?><Gelen/>", "E1004 / 1:1");
    check(b"<Gelen/>\xFF", "E1004 / 1:9");
    check(b"\xFF\xFE<\0G\0\x00\xDC", "E1004 / 1:3");
    // Anything broken before the wrong byte does not change the answer.
    check(b"<Gelen></a>\xFF", "E1004 /Gelen 1:12");
}

#[test]
fn messages_that_are_not_ours_are_read_to_their_end_first() {
    check("<Order><a/></Order>", "E1005 /Order 1:1");
    check("<Order><a></Order>", "E1001 /Order/a 1:11");
    check("<Order><?x?></Order>", "E1002 /Order 1:8");
    check("<Order>&x;</Order>", "E1002 /Order 1:8");
    check("<Gelen xmlns='urn:other'/>", "E1005 /Gelen 1:1");
    check("<gelen/>", "E1005 /gelen 1:1");
    check("<Envelope/>", "E1005 /Envelope 1:1");
    check("<Envelope xmlns='http://schemas.xmlsoap.org/soap/envelope/'><Body/></Envelope>", "E1005 /Envelope 1:1");
    check("<Envelope xmlns='http://www.w3.org/2003/05/soap-envelope'><Body/></Envelope>", "E1005 /Envelope 1:1");
    check("<Kontrol/>", "E1005 /Gelen 1:1");
    check("\n<BirlikOnayTalebi/>", "E1005 /Gelen 2:1");
    check("<BirlikOnayTalebi><Gelen xmlns='urn:x'/></BirlikOnayTalebi>", "E1005 /Gelen 1:1");
    check("<BirlikOnayTalebi><Gelen xmlns='urn:x'></BirlikOnayTalebi>", "E1001 /BirlikOnayTalebi/Gelen 1:40");
}

fn nested(depth: usize) -> String {
    format!("<Gelen>{}{}</Gelen>", "<a>".repeat(depth - 1), "</a>".repeat(depth - 1))
}

#[test]
fn each_limit_is_met_and_not_passed() {
    check(nested(32), "ok");
    check(nested(33), format!("E1003 /Gelen{} 1:101", "/a".repeat(32)).as_str());
    let attributes = |count: usize| (0..count).map(|index| format!(" a{index}='1'")).collect::<Vec<String>>().concat();
    check(format!("<Gelen{}/>", attributes(64)), "ok");
    check(format!("<Gelen>\n<a{}/></Gelen>", attributes(65)), "E1003 /Gelen/a 2:1");
    let text = |bytes: usize| "x".repeat(bytes);
    let value = |text: &str| format!("<Gelen>\n<RefID>{text}</RefID></Gelen>");
    check(value(&text(65_536)), "ok");
    check(value(&text(65_537)), "E1003 /Gelen/RefID 2:1");
    check(value(&"ş".repeat(32_769)), "E1003 /Gelen/RefID 2:1");
    check(value(&format!("{}<!-- -->&amp;", text(65_536))), "E1003 /Gelen/RefID 2:1");
    check(format!("<Gelen><a>{}</a></Gelen>", text(65_537)), "E1003 /Gelen/a 1:8");
    check(format!("<Gelen><Sifre>{}</Sifre></Gelen>", text(65_537)), "E1003 /Gelen/Sifre 1:8");
    check(format!("<Gelen>{}</Gelen>", text(65_537)), "E1003 /Gelen 1:1");
    check(format!("<Gelen a='{}'/>", text(65_536)), "ok");
    check(format!("<Gelen a='{}'/>", text(65_537)), "E1003 /Gelen 1:1");
    let items = |count: usize| {
        format!(
            "<Gelen><BeyannameBilgi><Kalemler>{}\n<kalem/></Kalemler></BeyannameBilgi></Gelen>",
            "<kalem/>".repeat(count - 1)
        )
    };
    check(items(9_999), "ok");
    check(items(10_000), "E1003 /Gelen/BeyannameBilgi/Kalemler/kalem[10000] 2:1");
}

#[test]
fn white_space_between_many_elements_is_no_long_text() {
    check(
        format!(
            "<Gelen><BeyannameBilgi><Vergiler>{}</Vergiler></BeyannameBilgi></Gelen>",
            "\n        <Vergi/>".repeat(9_000)
        ),
        "ok",
    );
}

#[test]
fn limits_can_be_set() {
    let limits = Limits { depth: 2, items: 1, attributes: 1, elements: 4, text_bytes: 3, decoded_bytes: 0 };
    let code = |body: &str| {
        let error = read(body.as_bytes(), &RequestFacts { limits, ..RequestFacts::default() }).unwrap_err();
        (error.finding().code().as_str(), error.finding().detail.clone().unwrap())
    };
    assert_eq!(code("<Gelen><a><b/></a></Gelen>"), ("E1003", "2".to_owned()));
    assert_eq!(code("<Gelen a='1' b='2'/>"), ("E1003", "1".to_owned()));
    assert_eq!(code("<Gelen><a/><a b='1'/><a/></Gelen>"), ("E1003", "4".to_owned()));
    assert_eq!(code("<Gelen>abcd</Gelen>"), ("E1003", "3".to_owned()));
}

/// Small elements by the million cost more than their bytes.
#[test]
fn elements_and_attributes_are_counted_together() {
    let limits = |elements| Limits { elements, ..Limits::default() };
    let body = "<Gelen a='1'><b/><c d='2'>3</c></Gelen>";
    let is_read =
        |elements| read(body.as_bytes(), &RequestFacts { limits: limits(elements), ..RequestFacts::default() }).is_ok();
    assert!(is_read(5) && !is_read(4));
}

/// Declarations in scope are bounded too: every prefixed name is looked up among them.
#[test]
fn namespace_declarations_do_not_pile_up() {
    let declarations =
        |level: usize| (0..60).map(|index| format!(" xmlns:p{level}x{index}='u'")).collect::<Vec<String>>().concat();
    let open = |levels: usize| {
        (0..levels).map(|level| format!("<a{}>", declarations(level))).collect::<Vec<String>>().concat()
    };
    let column = "<Gelen>".len() + open(1).len() + 1;
    check(format!("<Gelen>{}</a></Gelen>", open(1)), "ok");
    check(format!("<Gelen>{}{}</Gelen>", open(2), "</a>".repeat(2)), &format!("E1003 /Gelen/a/a 1:{column}"));
}

#[test]
fn details_never_repeat_what_stands_inside_a_credential() {
    for body in [
        "<Gelen><Sifre>ge<heim</Sifre></Gelen>",
        "<Gelen><Sifre>&#geheim;</Sifre></Gelen>",
        "<Gelen><Sifre><geheim></Sifre></Gelen>",
    ] {
        let error = try_read(body).unwrap_err();
        assert!(!format!("{error:?}").contains("heim"), "{error:?}");
    }
}
