//! The message around the items: wrapper, SOAP shells, `Gelen`, the header and its lists.

use super::item::ITEM;
use super::{Element, Group, Kind, List, Standing, date, decimal, group, int, list, rows, text};
use ebirlik_domain::finding::Field;

/// What may be the root of a message.
pub static ROOT: Group = Group {
    elements: &[
        group("BirlikOnayTalebi", &WRAPPER).standing(Standing::Shell),
        group("Gelen", &GELEN),
        group("Kontrol", &OPERATION).standing(Standing::Shell),
        group("Envelope", &ENVELOPE).standing(Standing::Shell),
    ],
};

/// The union's wrapper (G-35): the chosen secretariat, how to pay, and customs' message as it is.
/// It is the root of content too.
pub static WRAPPER: Group = Group {
    elements: &[
        text("GenelSekreterlik").field(Field::Secretariat),
        text("Odeme").field(Field::Payment).standing(Standing::Passing),
        group("Gelen", &GELEN),
        group("Kontrol", &OPERATION).standing(Standing::Shell),
        group("Envelope", &ENVELOPE).standing(Standing::Shell),
    ],
};

/// SOAP 1.1 envelope.
pub static ENVELOPE: Group =
    Group { elements: &[Element::new("Header", Kind::Dropped), group("Body", &BODY).standing(Standing::Shell)] };

/// SOAP 1.1 body.
static BODY: Group =
    Group { elements: &[group("Kontrol", &OPERATION).standing(Standing::Shell), group("Gelen", &GELEN)] };

/// Customs' operation `Kontrol`.
static OPERATION: Group = Group { elements: &[group("Gelen", &GELEN)] };

/// Customs' message.
pub static GELEN: Group = Group {
    elements: &[
        text("RefID").standing(Standing::Fallback),
        Element::new("IP", Kind::Dropped),
        Element::new("KullaniciAdi", Kind::Dropped),
        Element::new("Sifre", Kind::Dropped),
        group("BeyannameBilgi", &DECLARATION).field(Field::Declaration),
    ],
};

/// The declaration: header, and the lists below it.
pub static DECLARATION: Group = Group {
    elements: &[
        text("Beyanname_no").standing(Standing::Kept),
        text("Rejim").field(Field::Regime),
        text("GUMRUK").field(Field::Office),
        text("Basitlestirilmis_usul"),
        int("Yuk_belgeleri_sayisi"),
        int("Kap_adedi"),
        text("Ticaret_ulkesi"),
        text("Referans_no").field(Field::Reference),
        text("Birlik_kayit_numarasi").standing(Standing::Kept),
        text("Birlik_kripto_numarasi").standing(Standing::Passing),
        text("Cikis_ulkesi"),
        text("Gidecegi_ulke").field(Field::Destination),
        text("Gidecegi_sevk_ulkesi"),
        text("Cikistaki_aracin_tipi"),
        text("Cikistaki_aracin_kimligi"),
        text("Cikistaki_aracin_ulkesi"),
        text("Teslim_sekli").field(Field::DeliveryTerm),
        text("Teslim_yeri"),
        text("Konteyner"),
        text("Sinirdaki_aracin_tipi"),
        text("Sinirdaki_aracin_kimligi"),
        text("Sinirdaki_aracin_ulkesi"),
        decimal("Toplam_fatura").field(Field::InvoiceTotal),
        text("Toplam_fatura_dovizi").field(Field::InvoiceCurrency),
        decimal("Toplam_navlun").field(Field::Freight),
        text("Toplan_navlun_dovizi").field(Field::FreightCurrency),
        text("Sinirdaki_tasima_sekli"),
        text("Alici_satici_iliskisi"),
        decimal("Toplam_sigorta").field(Field::Insurance),
        text("Toplam_sigorta_dovizi").field(Field::InsuranceCurrency),
        text("Yukleme_bosaltma_yeri"),
        decimal("Toplam_yurt_disi_harcamalar"),
        text("Toplam_yurt_disi_harcamalarin_dovizi"),
        decimal("Toplam_yurt_ici_harcamalar"),
        text("Banka_kodu"),
        text("Esyanin_bulundugu_yer"),
        text("Varis_gumruk_idaresi"),
        text("Antrepo_kodu"),
        text("Tasarlanan_guzergah"),
        decimal("Telafi_edici_vergi"),
        text("Giris_gumruk_idaresi"),
        text("Islemin_niteligi"),
        text("Aciklamalar"),
        text("Kullanici_kodu"),
        date("Referans_tarihi"),
        text("Odeme"),
        text("Odeme_araci"),
        text("Musavir_referansi"),
        text("Gonderici_vergi_no").field(Field::Exporter),
        text("Alici_vergi_no"),
        text("Beyan_sahibi_vergi_no").field(Field::Declarant),
        text("Musavir_vergi_no"),
        text("Asil_sorumlu_vergi_no"),
        list("Firma_bilgi", &PARTIES),
        list("Teminat", &GUARANTEES),
        list("Ozetbeyanlar", &SUMMARIES),
        list("Kalemler", &ITEMS).field(Field::Items),
        list("Sorular_cevaplar", &QUESTIONS),
        list("Dokumanlar", &DOCUMENTS),
        list("Vergiler", &TAXES),
        list("KiymetBildirim", &VALUATIONS),
        text("mail1"),
        text("mail2"),
        text("mail3"),
        text("mobil1"),
        text("mobil2"),
        text("FazlaMesaiID"),
        text("LimanKodu"),
        text("AcentaSevkBildirimNo"),
        text("OdeSaymanlikBilgi"),
        // Not in the WSDL; produced by older contracts or known to other software.
        text("Tescil_tarihi").standing(Standing::Kept),
        text("Beyanname_Tarihi"),
        text("Odeme_sekli"),
        text("SiparisTuru"),
        Element::new("Toplam_navlun_dovizi", Kind::Synonym("Toplan_navlun_dovizi")),
    ],
};

static ITEMS: List = List { row: group("kalem", &ITEM).row(), is_items: true };

static PARTIES: List = rows("firma", &PARTY);

/// A party with name and address.
static PARTY: Group = Group {
    elements: &[
        text("Tip"),
        text("Ulke_kodu"),
        text("Posta_kodu"),
        text("Kimlik_turu"),
        text("Faks"),
        text("No"),
        text("Adi_unvani"),
        text("Cadde_s_no"),
        text("Telefon"),
        text("Il_ilce"),
    ],
};

static GUARANTEES: List = rows("Teminat", &GUARANTEE);

/// A guarantee; list and row have one name.
static GUARANTEE: Group = Group {
    elements: &[
        text("Teminat_sekli"),
        decimal("Teminat_orani"),
        decimal("Banka_mektubu_tutari"),
        decimal("Nakdi_teminat_tutari"),
        decimal("Diger_tutar"),
        text("Global_teminat_no"),
        text("Aciklama"),
        text("Diger_tutar_referansi"),
    ],
};

static SUMMARIES: List = rows("Ozetbeyan", &SUMMARY);

/// A summary declaration.
static SUMMARY: Group = Group {
    elements: &[
        list("ozbyacma_bilgi", &TRANSPORT_DOCUMENTS),
        text("Ozetbeyan_no"),
        text("Ozetbeyan_islem_kapsami"),
        text("Ambar_ici"),
        text("Baska_rejim"),
        text("Aciklama"),
    ],
};

static TRANSPORT_DOCUMENTS: List = rows("tasimasenetleri", &TRANSPORT_DOCUMENT);

/// A transport document of a summary declaration.
static TRANSPORT_DOCUMENT: Group =
    Group { elements: &[text("Tasima_senedi_no"), list("tasimasatir_bilgi", &TRANSPORT_LINES)] };

static TRANSPORT_LINES: List = rows("tasimasatirlari", &TRANSPORT_LINE);

/// A line of a transport document.
static TRANSPORT_LINE: Group =
    Group { elements: &[text("Tasima_satir_no"), text("Ambar_kodu"), decimal("Acilacak_miktar")] };

static QUESTIONS: List = rows("Soru_Cevap", &QUESTION);

/// A question of customs, answered.
static QUESTION: Group = Group { elements: &[int("Kalem_no"), text("Soru_no"), text("Cevap")] };

static DOCUMENTS: List = rows("Dokuman", &DOCUMENT);

/// A document attached, box 44.
static DOCUMENT: Group = Group {
    elements: &[
        int("Kalem_no"),
        text("Kod"),
        text("Dogrulama"),
        date("Belge_tarihi"),
        text("Referans"),
        date("Vize_Tarihi"),
    ],
};

static TAXES: List = rows("Vergi", &TAX);

/// A tax, box 47.
static TAX: Group = Group {
    elements: &[
        int("Kalem_no"),
        text("Kod"),
        text("Aciklama"),
        decimal("Miktar"),
        text("Oran"),
        text("Odeme_sekli"),
        decimal("Vergi_matrahi"),
    ],
};

static VALUATIONS: List = rows("Kiymet", &VALUATION);

/// A customs value declaration.
static VALUATION: Group = Group {
    elements: &[
        text("TeslimSekli"),
        text("FaturaTarihiSayisi"),
        text("SozlesmeTarihiSayisi"),
        text("GumrukIdaresiKarari"),
        text("AliciSatici"),
        text("Munasebet"),
        text("Emsal"),
        text("AliciSaticiAyrintilar"),
        text("Kisitlamalar"),
        text("Edim"),
        text("KisitlamalarAyrintilar"),
        text("Royalti"),
        text("RoyaltiKosullar"),
        text("SaticiyaIntikal"),
        text("SaticiyaIntikalKosullar"),
        text("SehirYer"),
        text("Taahutname"),
        list("KiymetKalemler", &VALUATION_ITEMS),
    ],
};

static VALUATION_ITEMS: List = rows("KiymetKalem", &VALUATION_ITEM);

/// An item of a customs value declaration.
static VALUATION_ITEM: Group = Group {
    elements: &[
        int("KiymetKalemNo"),
        int("BeyannameKalemNo"),
        decimal("DolayliOdeme"),
        decimal("Komisyon"),
        decimal("Tellaliye"),
        decimal("KapAmbalajBedeli"),
        decimal("IthalaKatilanMalzeme"),
        decimal("IthalaUretimAraclar"),
        decimal("IthalaUretimTuketimMalzemesi"),
        decimal("PlanTaslak"),
        decimal("RoyaltiLisans"),
        decimal("DolayliIntikal"),
        decimal("Nakliye"),
        decimal("Sigorta"),
        decimal("GirisSonrasiNakliye"),
        decimal("TeknikYardim"),
        decimal("DigerOdemeler"),
        text("DigerOdemelerNiteligi"),
        decimal("VergiHarcFon"),
    ],
};
