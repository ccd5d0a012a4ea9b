//! Which data of a CUSDEC is which element of customs' declaration? Our profile, as one table.
//!
//! Published in `schemas/edifact/README.md`; a test holds the two together. Paths are those of the directory's table:
//! `CST*/MOA*` is an amount of an item. What no row reads is kept beside the content.

use super::directory::Directory;
use ebirlik_domain::finding::Field;

/// A segment that is read, and what of it.
#[derive(Debug)]
pub(super) struct Row {
    /// Where in the message.
    pub(super) path: &'static str,
    /// In which directory; in both where none is named.
    pub(super) directory: Option<Directory>,
    /// Which of the segments there.
    pub(super) when: When,
    pub(super) takes: &'static [Take],
    /// What a second one of the kind is.
    pub(super) again: Again,
}

/// Which of the segments at a path.
#[derive(Debug)]
pub(super) enum When {
    Always,
    /// The first component of this element is this qualifier.
    Is(u16, &'static str),
    /// Some element has a code of one of these lists (1131) in its second component.
    Listed(&'static [&'static str]),
}

/// A value and the element of the declaration that it becomes.
#[derive(Debug)]
pub(super) enum Take {
    /// A component as text.
    Text(u16, u16, &'static str),
    /// A component as a number, its decimal mark made a point.
    Number(u16, u16, &'static str),
    /// The components of an element as lines of one text.
    Lines(u16, &'static str),
    /// A country: customs' code, or ISO's where the agency (3055) is 5.
    Country(u16, &'static str),
    /// The first of these components that has a text.
    Either(u16, [u16; 2], &'static str),
    /// The listed code.
    Listed(&'static str),
    /// A weight: a number whose unit, the component before, must be KGM.
    Weight(u16, &'static str),
}

/// What a second segment of the kind means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// An error: two values for one thing.
    Error,
    /// More text.
    More,
    /// Kept beside the content: the declaration has room for one.
    Kept,
}

/// The row for a segment, if one reads it: `is` tells whether an element's first component is a qualifier, `lists`
/// whether an element has a code of one of these lists.
pub(super) fn row(
    path: &str,
    directory: Directory,
    is: impl Fn(u16, &str) -> bool,
    lists: impl Fn(&[&str]) -> bool,
) -> Option<&'static Row> {
    ROWS.iter().find(|row| {
        row.path == path
            && row.directory.is_none_or(|known| known == directory)
            && match row.when {
                When::Always => true,
                When::Is(element, qualifier) => is(element, qualifier),
                When::Listed(codes) => lists(codes),
            }
    })
}

/// Where a field stands in a CUSDEC; items are named by their position, from 1.
pub(crate) fn path_of(field: Field, position: u32) -> String {
    let place = match field {
        Field::Secretariat => "NAD+MR",
        Field::Payment => return "?payment".to_owned(),
        Field::Declaration => return "/CUSDEC".to_owned(),
        Field::Reference => "RFF+ABE",
        Field::Regime => "CST:117",
        Field::Office => "LOC+22",
        Field::Destination => "LOC+28",
        Field::DeliveryTerm | Field::ItemDeliveryTerm => "TOD",
        Field::InvoiceTotal | Field::InvoiceCurrency => "MOA+39",
        Field::Freight | Field::FreightCurrency | Field::ItemFreight | Field::ItemFreightCurrency => "MOA+64",
        Field::Insurance | Field::InsuranceCurrency | Field::ItemInsurance | Field::ItemInsuranceCurrency => "MOA+67",
        Field::Exporter => "NAD+EX",
        Field::Declarant => "NAD+DT",
        Field::Items => "CST",
        Field::ItemNumber => "CST:1496",
        Field::ItemGtip => "CST:108",
        Field::ItemNetWeight => "MEA+WT",
        Field::ItemAmount | Field::ItemCurrency => "MOA+38",
    };
    if position == 0 { format!("/CUSDEC/{place}") } else { format!("/CUSDEC/CST[{position}]/{place}") }
}

const fn row_of(path: &'static str, when: When, takes: &'static [Take]) -> Row {
    Row { path, directory: None, when, takes, again: Again::Error }
}

impl Row {
    const fn of(mut self, directory: Directory) -> Self {
        self.directory = Some(directory);
        self
    }

    const fn again(mut self, again: Again) -> Self {
        self.again = again;
        self
    }
}

/// The profile: header first, then items.
pub(super) static ROWS: &[Row] = &[
    row_of("BGM", When::Always, &[Take::Text(2, 1, "RefID")]),
    row_of("CST", When::Listed(&["117"]), &[Take::Listed("Rejim")]),
    row_of("LOC", When::Is(1, "22"), &[Take::Text(2, 1, "GUMRUK")]),
    row_of("LOC", When::Is(1, "42"), &[Take::Text(2, 1, "Giris_gumruk_idaresi")]),
    row_of("LOC", When::Is(1, "28"), &[Take::Country(2, "Gidecegi_ulke")]),
    row_of("LOC", When::Is(1, "36"), &[Take::Country(2, "Gidecegi_sevk_ulkesi")]),
    row_of("LOC", When::Is(1, "35"), &[Take::Country(2, "Cikis_ulkesi")]),
    row_of("FTX", When::Is(1, "ACB"), &[Take::Lines(4, "Aciklamalar")]).again(Again::More),
    row_of("GIS", When::Listed(&["119"]), &[Take::Listed("Basitlestirilmis_usul")]).of(Directory::D96B),
    row_of("GEI", When::Listed(&["119"]), &[Take::Listed("Basitlestirilmis_usul")]).of(Directory::D19B),
    row_of("RFF*", When::Is(1, "ABE"), &[Take::Text(1, 2, "Referans_no")]),
    row_of(
        "TDT*",
        When::Is(1, "11"),
        &[
            Take::Text(3, 1, "Sinirdaki_tasima_sekli"),
            Take::Text(8, 4, "Sinirdaki_aracin_kimligi"),
            Take::Text(8, 5, "Sinirdaki_aracin_ulkesi"),
        ],
    ),
    row_of(
        "TDT*",
        When::Is(1, "12"),
        &[Take::Text(8, 4, "Cikistaki_aracin_kimligi"), Take::Text(8, 5, "Cikistaki_aracin_ulkesi")],
    ),
    row_of("NAD*", When::Is(1, "MR"), &[Take::Text(2, 1, "GenelSekreterlik")]),
    row_of("NAD*", When::Is(1, "EX"), &[Take::Text(2, 1, "Gonderici_vergi_no")]),
    row_of("NAD*", When::Is(1, "DT"), &[Take::Text(2, 1, "Beyan_sahibi_vergi_no")]),
    row_of("TOD*", When::Always, &[Take::Text(3, 1, "Teslim_sekli")]),
    row_of("TOD*/LOC", When::Is(1, "1"), &[Take::Either(2, [4, 1], "Teslim_yeri")]),
    row_of("MOA*", When::Is(1, "39"), &[Take::Number(1, 2, "Toplam_fatura"), Take::Text(1, 3, "Toplam_fatura_dovizi")]),
    row_of("MOA*", When::Is(1, "64"), &[Take::Number(1, 2, "Toplam_navlun"), Take::Text(1, 3, "Toplan_navlun_dovizi")]),
    row_of(
        "MOA*",
        When::Is(1, "67"),
        &[Take::Number(1, 2, "Toplam_sigorta"), Take::Text(1, 3, "Toplam_sigorta_dovizi")],
    ),
    row_of("CNT", When::Is(1, "11"), &[Take::Number(1, 2, "Kap_adedi")]),
    row_of("CST*", When::Listed(&["108", "122"]), &[Take::Text(1, 1, "Kalem_sira_no"), Take::Listed("Gtip")]),
    row_of("CST*", When::Always, &[Take::Text(1, 1, "Kalem_sira_no")]),
    row_of("CST*/FTX", When::Is(1, "AAA"), &[Take::Lines(4, "Ticari_tanimi")]).again(Again::More),
    row_of("CST*/LOC", When::Is(1, "27"), &[Take::Country(2, "Mensei_ulke")]),
    row_of("CST*/MEA", When::Is(2, "AAE"), &[Take::Weight(3, "Brut_agirlik")]).of(Directory::D96B),
    row_of("CST*/MEA", When::Is(2, "AAL"), &[Take::Weight(3, "Net_agirlik")]).of(Directory::D96B),
    row_of("CST*/MEA", When::Is(2, "AAB"), &[Take::Weight(3, "Brut_agirlik")]).of(Directory::D19B),
    row_of("CST*/MEA", When::Is(2, "AAF"), &[Take::Weight(3, "Net_agirlik")]).of(Directory::D19B),
    row_of(
        "CST*/MEA",
        When::Is(1, "AAR"),
        &[Take::Text(3, 1, "Tamamlayici_olcu_birimi"), Take::Number(3, 2, "Istatistiki_miktar")],
    ),
    row_of("CST*/NAD", When::Is(1, "MF"), &[Take::Text(2, 1, "Imalatci_Vergino")]),
    row_of("CST*/PAC*", When::Always, &[Take::Number(1, 1, "Adedi"), Take::Text(3, 1, "Cinsi")]).again(Again::Kept),
    row_of("CST*/PAC*/PCI*", When::Always, &[Take::Lines(2, "Marka")]).again(Again::Kept),
    row_of(
        "CST*/MOA*",
        When::Is(1, "38"),
        &[Take::Number(1, 2, "Fatura_miktari"), Take::Text(1, 3, "Fatura_miktarinin_dovizi")],
    ),
    row_of(
        "CST*/MOA*",
        When::Is(1, "64"),
        &[Take::Number(1, 2, "Navlun_miktari"), Take::Text(1, 3, "Navlun_miktarinin_dovizi")],
    ),
    row_of(
        "CST*/MOA*",
        When::Is(1, "67"),
        &[Take::Number(1, 2, "Sigorta_miktari"), Take::Text(1, 3, "Sigorta_miktarinin_dovizi")],
    ),
    row_of("CST*/MOA*", When::Is(1, "123"), &[Take::Number(1, 2, "Istatistiki_kiymet")]),
    row_of("CST*/TOD*", When::Always, &[Take::Text(3, 1, "Teslim_sekli")]),
    row_of("CST*/GIS*", When::Listed(&["110"]), &[Take::Listed("Ozellik")]).of(Directory::D96B),
    row_of("CST*/GEI*", When::Listed(&["110"]), &[Take::Listed("Ozellik")]).of(Directory::D19B),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{DECLARATION, GELEN, ITEM, WRAPPER};

    fn name(take: &Take) -> &'static str {
        match take {
            Take::Text(.., name)
            | Take::Number(.., name)
            | Take::Lines(_, name)
            | Take::Country(_, name)
            | Take::Either(.., name)
            | Take::Listed(name)
            | Take::Weight(_, name) => name,
        }
    }

    #[test]
    fn every_value_becomes_an_element_of_the_declaration() {
        for row in ROWS {
            for take in row.takes {
                let name = name(take);
                let found = match (row.path.starts_with("CST*"), name) {
                    (true, _) => ITEM.find(name, 0),
                    (false, "RefID") => GELEN.find(name, 0),
                    (false, "GenelSekreterlik") => WRAPPER.find(name, 0),
                    (false, _) => DECLARATION.find(name, 0),
                };
                assert!(found.is_some_and(|(_, element)| !element.is_container()), "{} {name}", row.path);
            }
        }
    }

    /// The guide that vendors read names every row.
    #[test]
    fn the_published_guide_tells_every_row() {
        let guide = include_str!("../../../../schemas/edifact/README.md");
        for row in ROWS {
            let path = row.path.replace("CST*/", "").replace("TOD*/", "").replace("PAC*/", "").replace('*', "");
            let segment = match row.when {
                When::Always => path,
                When::Is(1, qualifier) => format!("{path}+{qualifier}"),
                When::Is(_, qualifier) => format!("{path}+WT+{qualifier}"),
                When::Listed(lists) => format!("{path} {}", lists.join(", ")),
            };
            for take in row.takes {
                let line = guide
                    .lines()
                    .find(|line| line.contains(&format!("`{segment}`")) && line.contains(&format!("`{}`", name(take))));
                assert!(line.is_some(), "the guide lacks `{segment}` with `{}`", name(take));
            }
        }
    }
}
