//! What the desk's list and its set-up page say; the verdicts' own words stand in `text.rs`.

use crate::text::words;

words! {
    Words;
    // the list
    list_title: "Liste sorgulama", "Check a list";
    list_lede: "Kodları birbiri ardınca okutun ya da yapıştırın: her satıra bir kod, en çok 5.000. Kodun ardına, sekme ya da noktalı virgülle ayırarak, referansı ve ihracatçı vergi numarasını da yazabilirsiniz.", "Scan the codes one after the other, or paste them: one on each line, 5,000 at most. Behind a code you may write the reference and the exporter's tax number, separated by a tab or a semicolon.";
    list_codes: "Kodlar", "Codes";
    list_counted: "Kod sayısı: {n}", "Codes: {n}";
    list_check: "Listeyi sorgula", "Check the list";
    list_none: "En az bir kod yazın.", "Enter at least one code.";
    list_too_many: "Bir listede en çok 5.000 kod olabilir; gelen: {n}. Listeyi bölün.", "A list has 5,000 codes at most; these are {n}. Divide it.";
    list_unread: "Liste okunamadı. Daha kısa bir liste gönderin.", "The list could not be read. Send a shorter one.";
    list_result: "Listenin sonucu", "Result of the list";
    list_line: "Satır", "Line";
    list_verdict: "Sonuç", "Verdict";
    list_about: "Açıklama", "What it means";
    list_twice: "Listede birden çok kez", "More than once in the list";
    list_first: "Önce bakılacaklar", "To be looked at first";
    list_none_first: "Geçersiz, şüpheli ya da yinelenen kod yok.", "No code is invalid, doubtful or repeated.";
    list_rest: "Geçerli kodlar", "Valid codes";
    list_totals: "Toplamlar", "Totals";
    list_all: "Sorgulanan kod", "Codes checked";
    list_sure: "Geçerli, beyannameyle karşılaştırıldı", "Valid, compared with the declaration";
    list_valid: "Geçerli", "Valid";
    list_invalid: "Geçersiz", "Not valid";
    list_unsure: "Bilinemeyen ya da yazım hatası", "Cannot be told, or a typing error";
    list_repeated: "Yinelenen", "Repeated";
    list_mark: "İmzalı işaret: bu satır, listenin bu kurumca düzenlendiğini gösterir. Herkes şu sayfada doğrulayabilir:", "Signed mark: this line says that the list was made here. Anybody can have it confirmed at";
    list_print: "Yazdır", "Print";
    list_back: "Tek kod sorgula", "Check one code";

    // the desk's further keys
    key_list: "Liste", "List";
    sound_off: "Sesi kapat", "Sound off";
    sound_on: "Sesi aç", "Sound on";

    // its keys on this machine, and what waits to be sent
    keys_title: "Kısayolları değiştir", "Change the shortcuts";
    keys_lede: "Seçtiğiniz tuşlar bu tarayıcıda saklanır. Kısayollar tümüyle kapatılabilir.", "The keys that you choose are kept in this browser. The shortcuts can be turned off altogether.";
    key_change: "Değiştir", "Change";
    key_press: "Yeni tuşa basın. Vazgeçmek için sekme tuşuna basın.", "Press the new key. The tab key leaves it as it is.";
    key_taken: "Bu tuş başka bir kısayolda kullanılıyor; başka bir tuşa basın.", "Another shortcut has this key; press another.";
    key_unfit: "Bu tuş olmaz. F1 ile F12, Esc, yukarı ve aşağı ok, Home, End, PageUp, PageDown ya da Insert olur.", "Not this key. F1 to F12, Esc, the arrows up and down, Home, End, PageUp, PageDown or Insert will do.";
    keys_changed: "Kısayollar kaydedildi.", "The shortcuts were saved.";
    keys_first: "İlk tuşlara dön", "Back to the first keys";
    decisions_wait: "Gönderilmeyi bekleyen kararlarınız: {n}", "Your decisions that wait to be sent: {n}";

    // the scanner's set-up
    scanner_title: "Okuyucu ayarı", "Set up the scanner";
    scanner_lede: "Üç barkodu ekrandan ya da kâğıttan sırayla okutun. Sayfa, okuyucunun ne gönderdiğine bakar ve gerekirse neyin ayarlanacağını söyler. Hiçbir kod sorgulanmaz.", "Scan the three barcodes one after the other, from the screen or from paper. The page looks at what the scanner sends, and says what to set if need be. No code is checked.";
    scanner_field: "Okutulan", "Scanned";
    scanner_field_hint: "İmleç burada dururken okutun.", "Scan while the cursor is here.";
    scanner_script: "Deneme için tarayıcıda JavaScript açık olmalı. Barkodları bunun yerine kod sorgulama kutusuna da okutabilirsiniz.", "The trial needs JavaScript in the browser. You can scan the barcodes into the box for codes instead.";
    scanner_digits: "Rakamlar: bilgi fişindeki barkod", "Digits: the bars of an information slip";
    scanner_code: "Harfli kod", "A code with letters";
    scanner_letters: "Harfler", "Letters";
    scanner_waits: "Okutulmadı", "Not scanned yet";
    scanner_read: "Okundu", "Read";
    scanner_more: "Öteki barkodları da okutun.", "Scan the other barcodes too.";
    scanner_good: "Okuyucu iyi.", "The scanner is good.";
    scanner_set: "Okuyucuda ayarlanacak şey var.", "There is something to set in the scanner.";
    scanner_unread: "Gelen, barkodların hiçbirine benzemiyor. Okuyucunun klavye ülkesini ABD (USA) yapın, ön ve son ekleri kaldırın.", "What came resembles none of the barcodes. Set the scanner's keyboard country to USA and remove prefixes and suffixes.";
    scanner_slow: "Okuyucu karakterler arasında bekliyor: karakter arası gecikmeyi (inter-character delay) sıfır yapın.", "The scanner waits between characters: set the inter-character delay to zero.";
    scanner_enter: "Okuyucu sonda Enter göndermiyor. Böyle de çalışır; son ek olarak Enter (CR) daha hızlıdır.", "The scanner sends no Enter at the end. It works that way too; Enter (CR) as suffix is faster.";
    scanner_layout: "Harfler kimi barkodda tuşlardan, kiminde yazılandan okunuyor: okuyucunun klavye ülkesini ABD (USA) yapın.", "Letters of some barcodes are read by their keys, of others as typed: set the scanner's keyboard country to USA.";
    scanner_came: "Son gelen: {text}", "Came last: {text}";
    scanner_desk: "Kod sorgulamaya dön", "Back to checking codes";
}
