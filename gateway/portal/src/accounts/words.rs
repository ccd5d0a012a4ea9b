//! What the pages about accounts say.

use crate::text::words;

words! {
    Words;
    title: "Cari Hesaplar", "Current accounts";
    lede: "Nispi aidatlar bu hesaplardan ödenir. Her genel sekreterlikte ayrı bir hesap vardır; para önceden yatırılır, hesap eksiye düşmez.", "Proportional fees are paid from these accounts. There is one at each general secretariat; money is deposited beforehand, and no account falls below zero.";
    own_only: "Burada kendi firmanızın hesapları görünür; ihracatçının hesapları yalnızca ona açıktır.", "These are the accounts of your own firm; those of the exporter are open to it alone.";
    none: "Bu firmanın cari hesabı yok. Hesap, genel sekreterlikteki ödeme taahhüdüyle açılır.", "This firm has no current account. One is opened by a payer commitment at the general secretariat.";
    kept: "Seçimleriniz kaydedildi. Hesap: {account}", "Your choices were kept. Account: {account}";
    balance: "Bakiye", "Balance";
    waiting: "Bekleyen kesintiler", "Waiting debits";
    waiting_debits: "{sum} ({n} beyanname)", "{sum} (declarations: {n})";
    at_least: "En az {sum} (ilk {n} beyanname)", "At least {sum} (first {n} declarations)";
    waiting_about: "Para yettiğinde bu hesaptan kendiliğinden ödenecek beyannamelerin bugünkü tutarı. Bu para ayrılmış değildir.", "What the declarations that will be paid from this account by themselves cost today. This money is not set aside.";
    free: "Serbest", "Free";
    missing: "Bekleyenlerin hepsi için eksik olan: {sum}", "Missing for everything that waits: {sum}";
    low: "Bakiye düşük", "Balance low";
    limit: "Uyarı sınırı", "Warning limit";
    forecast: "Ne zaman biter?", "When does it run out?";
    runs_out: "Böyle giderse bakiyenin biteceği gün: {day}", "At this pace the balance runs out on {day}";
    nothing_spent: "Bu sürede ödeme yapılmadığı için tahmin yok.", "Nothing was paid in these days, so there is no forecast.";
    lasts: "Böyle giderse bakiye bir yıldan uzun yeter.", "At this pace the balance lasts longer than a year.";
    reckoned: "Nasıl hesaplandı: son {days} günde {spent} ödendi, günde ortalama {daily}. Bakiye bu ortalamaya bölündü.", "How it was reckoned: {spent} were paid in the last {days} days, {daily} a day on average. The balance was divided by that.";
    room: "Bekleme odası", "Waiting room";
    releases: "Açık: parası yetmeyen beyannameler, para gelince sırayla kendiliğinden ödenir.", "On: declarations short of money are paid by themselves, in turn, when money comes.";
    releases_not: "Kapalı: parası yetmeyen beyannameler siz ödeyene kadar bekler.", "Off: declarations short of money wait until you pay.";
    deposit: "Para yatırma", "Depositing money";
    deposit_how: "Aşağıdaki hesaba havale ya da EFT yapın ve açıklamaya yalnızca ödeme referansını yazın. Para, banka ekstresi işlendiğinde hesaba geçer.", "Transfer to the account below and write nothing but the payment reference as the text. The money arrives when the bank's statement has been taken in.";
    deposit_unknown: "Bu genel sekreterliğin banka hesabı burada kayıtlı değil; e-birlik masasına sorun. Açıklamaya ödeme referansını yazın.", "The bank account of this general secretariat is not recorded here; ask its e-birlik desk. Write the payment reference as the text.";
    iban: "IBAN", "IBAN";
    reference: "Ödeme referansı", "Payment reference";
    copy: "Kopyala", "Copy";
    copied: "Kopyalandı", "Copied";
    movements: "Hareketler ve ekstre", "Movements and statement";
    change: "Uyarı sınırını ve bekleme odasını değiştir", "Change warning limit and waiting room";
    pay: "Bekleyenleri öde", "Pay what waits";

    movements_title: "Hesap hareketleri: {account}", "Movements of account {account}";
    movements_none: "Bu günlerde aranan hareket yok.", "There is no such movement in these days.";
    back: "Bütün hesaplar", "All accounts";
    statement: "Bu günlerin ekstresi", "Statement of these days";
    statement_pdf: "Ekstre (PDF)", "Statement (PDF)";
    statement_xlsx: "Ekstre (Excel)", "Statement (Excel)";
    opening: "Devreden bakiye", "Opening balance";
    closing: "Son bakiye", "Closing balance";
    booked_at: "Zaman", "Time";
    kind: "İşlem", "Kind";
    of: "Referans", "Reference";
    exporter: "İhracatçı", "Exporter";
    declarant: "Beyan sahibi", "Declarant";
    out: "Çıkan", "Out";
    incoming: "Giren", "In";
    after: "Kalan bakiye", "Balance after";
    fee: "Nispi aidat", "Proportional fee";
    corrected: "Düzeltme farkı", "Difference of a correction";
    refunded: "Aidat iadesi", "Fee given back";
    deposited: "Yatırılan para", "Deposit";

    chart: "Gün sonu bakiyesi", "Balance at the end of each day";
    chart_about: "{from} - {to}. Başta {opening}, sonda {closing}, en düşük {least}, en yüksek {most}.", "{from} - {to}. At first {opening}, at last {closing}, lowest {least}, highest {most}.";
    chart_limit: "Uyarı sınırı {sum}", "Warning limit {sum}";
    chart_table: "Tablo olarak göster", "Show as a table";
    chart_day: "Gün", "Day";

    choice_title: "Uyarı sınırı ve bekleme odası", "Warning limit and waiting room";
    choice_limit: "Uyarı sınırı (TL)", "Warning limit (TL)";
    choice_limit_hint: "Bakiye bunun altına düşünce haber verilir. Boş bırakırsanız {sum} geçerlidir. Örnek: 1.234,56", "You are told when the balance falls below it. Left empty, {sum} counts. Such as 1.234,56";
    choice_limit_wrong: "Tutarı 1.234,56 ya da 1234,56 biçiminde yazın: kuruştan önce virgül.", "Write the amount as 1.234,56 or 1234,56: a comma before the kurus.";
    choice_room: "Parası yetmeyen beyannameler, para gelince kendiliğinden ödensin", "Declarations short of money are to be paid by themselves when money comes";
    choice_room_hint: "Sıra: önce acele olanlar, sonra ilk gelen. Önündekinin parası yetmeyen, arkasındakileri de bekletir.", "In turn: urgent ones first, then first come first. One that cannot be paid yet holds back those behind it.";
    choice_save: "Kaydet", "Save";
    on_behalf: "{firm} adına", "On behalf of {firm}";
}
