//! What the pages about receipts say.

use crate::text::words;

words! {
    Words;
    title: "Makbuzlar", "Receipts";
    lede: "Makbuzlar ihracatçı adına, bağlı olunan genel sekreterliğin muhasebe birimince düzenlenir. Kendi büronuzda bilgi fişi olarak görüp yazdırabilirsiniz.", "Receipts are issued in the exporter's name by the accounting unit of the general secretariat. In your own office they can be seen and printed as information slips.";
    none: "Bu günlerde aranan makbuz yok.", "There is no such receipt in these days.";
    all_shown: "Listedekilerin hepsi", "Everything in the list";
    all_a4: "Makbuzlar, A4 (PDF)", "Receipts, A4 (PDF)";
    all_roll: "Makbuzlar, 80 mm (PDF)", "Receipts, 80 mm (PDF)";
    all_slips: "Bilgi fişleri, A4 (PDF)", "Information slips, A4 (PDF)";
    all_workbook: "Makbuz dökümü (Excel)", "Receipts in detail (Excel)";
    number: "Makbuz no", "Receipt number";
    paid_at: "Ödeme zamanı", "Paid at";
    amount: "Tutar", "Amount";
    reference: "Beyanname referansı", "Declaration reference";
    exporter: "İhracatçı", "Exporter";
    exporter_no: "İhracatçı vergi no", "Exporter's tax number";
    declarant: "Beyan sahibi", "Declarant";
    declarant_no: "Beyan sahibi vergi no", "Declarant's tax number";
    secretariat: "Genel sekreterlik", "General secretariat";
    refund: "İade", "Refund";
    refunded: "İade edildi: {sum}", "Given back: {sum}";
    pending: "İade incelemede: {sum}", "Refund under review: {sum}";

    one_title: "Makbuz {number}", "Receipt {number}";
    back: "Bütün makbuzlar", "All receipts";
    office: "İrtibat bürosu", "Contact office";
    kind: "Ödeme şekli", "Kind of payment";
    record_no: "Birlik kayıt no", "Union record number";
    code: "Onay kodu", "Approval code";
    valid_until: "Son geçerlilik günü", "Valid until";
    registration_no: "Tescil no", "Registration number";
    fee: "Beyannamenin nispi aidatı", "Fee of the declaration";
    shown_to_customs: "Elle girilen işlemin makbuzudur: onay kodu makbuzun üzerinde yazar ve makbuz gümrük memuruna gösterilir. Islak kaşe ve imza aranmaz.", "This is the receipt of a manual entry: the approval code is printed on it and it is shown to the customs officer. No wet stamp or signature is asked for.";
    not_shown: "Beyanname elektronik onaylandığı için gümrükte makbuz istenmez; onay kodu yeterlidir.", "As the declaration was approved electronically, customs asks for no receipt; the approval code suffices.";
    papers: "Yazdır", "Print";
    receipt_a4: "Makbuz, A4 (PDF)", "Receipt, A4 (PDF)";
    receipt_roll: "Makbuz, 80 mm (PDF)", "Receipt, 80 mm (PDF)";
    slip_a4: "Bilgi fişi, A4 (PDF)", "Information slip, A4 (PDF)";
    slip_roll: "Bilgi fişi, 80 mm (PDF)", "Information slip, 80 mm (PDF)";
    refunds: "Bu beyannamenin iadeleri", "Refunds of this declaration";
    refunds_none: "Bu beyanname için iade işlemi yok. İade, ihracatın gerçekleşmediği anlaşıldıktan sonra yapılır.", "There is no refund of this declaration. Fees are given back once it is confirmed that the export did not take place.";
    refund_amount: "Tutar", "Amount";
    refund_state: "Durum", "State";
    refund_asked: "İşleme alındı", "Taken up";
    refund_decided: "Sonuç", "Decided";
    refund_reason: "Gerekçe", "Reason";
    state_open: "İkinci onay bekliyor", "Waits for a second person";
    state_done: "İade edildi", "Given back";
    state_refused: "Reddedildi", "Refused";
}
