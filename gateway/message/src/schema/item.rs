//! An item of goods (`kalem`) and its lists.

use super::{Group, List, date, decimal, int, list, rows, text};
use ebirlik_domain::finding::Field;

/// An item of goods.
pub static ITEM: Group = Group {
    elements: &[
        list("tamamlayici_bilgi", &SUPPLEMENTS),
        list("tcgbacmakapatma_bilgi", &CLOSINGS),
        list("marka_model_bilgi", &BRANDS),
        list("konteyner_Bilgi", &CONTAINERS),
        list("VergiMuafiyetleri", &EXEMPTIONS),
        list("HavacilikYakitTurleri", &FUELS),
        list("OdemeSekilleri", &PAYMENTS),
        text("Gtip").field(Field::ItemGtip),
        text("Imalatci_firma_bilgisi"),
        int("Kalem_sira_no").field(Field::ItemNumber),
        text("Mensei_ulke"),
        decimal("Brut_agirlik"),
        decimal("Net_agirlik").field(Field::ItemNetWeight),
        text("Tamamlayici_olcu_birimi"),
        decimal("Istatistiki_miktar"),
        text("Uluslararasi_anlasma"),
        text("Algilama_birimi_1"),
        decimal("Algilama_miktari_1"),
        text("Algilama_birimi_2"),
        decimal("Algilama_miktari_2"),
        text("Muafiyetler_1"),
        text("Muafiyetler_2"),
        text("Muafiyetler_3"),
        text("Muafiyetler_4"),
        text("Muafiyetler_5"),
        text("Algilama_birimi_3"),
        decimal("Algilama_miktari_3"),
        text("Teslim_sekli").field(Field::ItemDeliveryTerm),
        text("Ek_kod"),
        text("Ozellik"),
        decimal("Fatura_miktari").field(Field::ItemAmount),
        text("Fatura_miktarinin_dovizi").field(Field::ItemCurrency),
        decimal("Sinir_gecis_ucreti"),
        decimal("Navlun_miktari").field(Field::ItemFreight),
        text("Navlun_miktarinin_dovizi").field(Field::ItemFreightCurrency),
        decimal("Istatistiki_kiymet"),
        decimal("Sigorta_miktari").field(Field::ItemInsurance),
        text("Sigorta_miktarinin_dovizi").field(Field::ItemInsuranceCurrency),
        text("Tarifedeki_tanimi"),
        text("Ticari_tanimi"),
        text("Marka"),
        text("Numara"),
        text("Cinsi"),
        decimal("Adedi"),
        text("Miktar_birimi"),
        text("Mahrece_iade"),
        text("Ikincil_islem"),
        text("Satir_no"),
        decimal("Miktar"),
        text("Kdv_orani"),
        text("Kullanilmis_esya"),
        text("Aciklama_44"),
        text("Imalatci_Vergino"),
        decimal("Yurtici_Diger"),
        decimal("Yurtici_Banka"),
        decimal("Yurtici_Depolama"),
        decimal("Yurtici_Tahliye"),
        decimal("Yurtici_Liman"),
        decimal("Yurtici_Kultur"),
        decimal("Yurtici_Kkdf"),
        decimal("Yurtici_Cevre"),
        text("Yurtici_Diger_Aciklama"),
        text("Muafiyet_Aciklamasi"),
        date("Referans_Tarihi"),
        decimal("YurtDisi_Komisyon"),
        decimal("YurtDisi_Demuraj"),
        decimal("YurtDisi_Royalti"),
        decimal("YurtDisi_Faiz"),
        decimal("YurtDisi_Diger"),
        text("YurtDisi_Komisyon_Dovizi"),
        text("YurtDisi_Demuraj_Dovizi"),
        text("YurtDisi_Royalti_Dovizi"),
        text("YurtDisi_Faiz_Dovizi"),
        text("YurtDisi_Diger_Dovizi"),
        text("YurtDisi_Diger_Aciklama"),
        text("Kalem_Islem_Niteligi"),
        text("Giris_Cikis_Amaci"),
        text("Giris_Cikis_Amaci_Aciklama"),
        text("STM_IlKodu"),
        text("EsyaGeriGelmeSebebi"),
        text("EsyaGeriGelmeSebebiAciklamasi"),
        // Not in the WSDL; produced by older contracts.
        decimal("Yurt_disi_harcamalar_miktari"),
        text("Yurt_disi_harcamalar_miktarinin_dovizi"),
        decimal("Yurt_ici_harcamalar"),
        text("Yurt_ici_harcamalar_dovizi"),
        text("OdemeSekli"),
    ],
};

static SUPPLEMENTS: List = rows("tamamlayici", &SUPPLEMENT);

/// Supplementary information.
static SUPPLEMENT: Group = Group { elements: &[text("Tamamlayici_bilgi"), text("Tamamlayici_bilgi_orani")] };

static CLOSINGS: List = rows("tcgbacmakapatma", &CLOSING);

/// An earlier declaration closed by the item.
static CLOSING: Group = Group {
    elements: &[
        text("Kapatilan_beyanname_no"),
        int("Kapatilan_kalem_no"),
        decimal("Kapatilan_miktar"),
        text("Aciklama"),
    ],
};

static BRANDS: List = rows("Marka", &BRAND);

/// Brand and model; an item has a text element of the same name.
static BRAND: Group = Group {
    elements: &[
        text("Marka_Turu"),
        text("Marka_Tescil_No"),
        text("Marka_Adi"),
        decimal("Marka_Kiymeti"),
        text("Referans_No"),
        text("Model_Yili"),
        text("Model"),
        text("Motor_hacmi"),
        int("Silindir_adedi"),
        text("Renk"),
        text("MotorTipi"),
        text("MotorNo"),
        int("MotorGucu"),
        text("Vites"),
        text("IMEINo"),
    ],
};

static CONTAINERS: List = rows("Konteyner", &CONTAINER);

/// A container.
static CONTAINER: Group = Group { elements: &[text("Konteyner_No"), text("Ulke_Kodu")] };

static EXEMPTIONS: List = rows("VergiMuafiyeti", &EXEMPTION);

/// A tax exemption.
static EXEMPTION: Group = Group { elements: &[text("VergiMuafiyetKodu")] };

static FUELS: List = rows("HavacilikYakitTuru", &FUEL);

/// Aviation fuel.
static FUEL: Group = Group {
    elements: &[
        text("VergiNumarasi"),
        date("FaturaTarihi"),
        text("FaturaNumarasi"),
        text("ToplamFaturaMiktar"),
        text("YakitTuru"),
    ],
};

static PAYMENTS: List = rows("OdemeSekli", &PAYMENT);

/// A payment method of the item.
static PAYMENT: Group = Group { elements: &[text("OdemeSekliKodu"), decimal("OdemeTutari"), text("TBFID")] };
