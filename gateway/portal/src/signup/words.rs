//! What is said to whoever signs up.

use crate::text::words;

words! {
    Words;
    title: "Kayıt Ol", "Sign up";
    types_lede: "Hesap türünüzü seçin. Başvurunuzu e-postanıza gelen bağlantıdan iki belgeyle tamamlayacaksınız.", "Choose your account type. You complete the application with two papers, by a link that comes by e-mail.";
    exporter: "İhracatçı Firma Yetkilisiyim", "I act for an exporter";
    broker: "Gümrük Müşaviriyim", "I am a customs broker";
    both: "Aktif olarak hem Gümrük Müşaviri ve İhracatçı Firma iseniz Gümrük Müşaviri olarak devam edin.", "If you are both a customs broker and an exporter, continue as customs broker.";
    have_account: "Hesabınız varsa oturum açın", "Sign in if you have an account";
    go_on: "Devam Et", "Continue";
    back: "Geri dön", "Go back";

    firm_title: "Firmanız", "Your firm";
    tax_no: "Vergi numarası", "Tax number";
    tax_no_hint: "10 haneli vergi kimlik numarası ya da 11 haneli T.C. kimlik numarası. Firma e-birlik'te kayıtlı olmalı.", "Ten digits, or the eleven of a Turkish identity number. The firm must be registered in e-birlik.";
    tax_no_form: "Vergi numarası 10 haneli (VKN) ya da 11 haneli (T.C. kimlik no) olmalı.", "A tax number has 10 digits (VKN), or 11 (Turkish identity number).";
    tax_no_digit: "Vergi numarasının denetim hanesi tutmuyor; yeniden bakın.", "The check digit of the tax number does not agree; look again.";
    unknown_exporter: "Bu vergi numarasıyla e-birlik'te kayıtlı bir ihracatçı firma yok. Numarayı ve hesap türünü kontrol edin; doğruysa genel sekreterliğinizi arayın.", "No exporter is registered in e-birlik under this tax number. Check the number and the account type; if they are right, call your general secretariat.";
    unknown_broker: "Bu vergi numarasıyla e-birlik'te kayıtlı bir gümrük müşaviri yok. Numarayı ve hesap türünü kontrol edin; doğruysa genel sekreterliğinizi arayın.", "No customs broker is registered in e-birlik under this tax number. Check the number and the account type; if they are right, call your general secretariat.";
    slowed: "Çok sayıda deneme yapıldı. {n} saniye bekleyip yeniden deneyin.", "There were many tries. Wait {n} seconds and try again.";
    check_firm: "Firma bilgilerini kontrol edin.", "Check the firm's details.";
    firm_name: "Firma unvanı", "Firm";
    other_firm: "Başka bir vergi numarası gir", "Enter another tax number";

    person_title: "Kişisel bilgileriniz", "Your details";
    person_lede: "Bilgiler, yükleyeceğiniz yetkilendirme belgesindekilerle aynı olmalı.", "They must be the same as in the authorisation document that you will upload.";
    secretariat: "Başvurunun gönderileceği genel sekreterlik", "General secretariat to apply to";
    secretariat_choose: "Seçin", "Choose";
    secretariat_missing: "Genel sekreterliği listeden seçin.", "Choose the general secretariat from the list.";
    name: "Ad soyad", "Name";
    name_wrong: "Adınızı ve soyadınızı harflerle yazın.", "Enter your name in letters.";
    email: "E-posta", "E-mail";
    email_hint: "Yönergeler bu adrese gelir; onaydan sonra bu adresle oturum açarsınız.", "The instructions come to this address; after the approval you sign in with it.";
    email_wrong: "E-posta adresini ad@ornek.com.tr biçiminde yazın; Türkçe harf kullanmayın.", "Enter an e-mail address such as name@example.com.";
    phone: "Cep Telefonu", "Mobile number";
    phone_hint: "0 ile başlayan 11 hane, örneğin 0532 123 45 67", "Eleven digits from 0, such as 0532 123 45 67";
    phone_wrong: "Cep telefonunu 0 ile başlayan 11 hane olarak yazın.", "Enter the mobile number as eleven digits from 0.";
    too_often: "Bu adresle çok sayıda başvuru başlatıldı. Bir saat sonra yeniden deneyin.", "Too many applications were begun with this address. Try again in an hour.";
    send_mail: "Yönergeleri Gönder", "Send the instructions";

    waiting_title: "E-postanıza bakın", "Look at your e-mail";
    waiting_lede: "Yönergeleri ve üyelik dilekçenizi e-posta adresinize gönderiyoruz.", "We are sending the instructions and your membership petition to your e-mail address.";
    waiting_spam: "E-posta birkaç dakika içinde gelmezse önemsiz e-postalar (spam) klasörüne de bakın.", "If the e-mail does not come within a few minutes, look in the spam folder too.";
    waiting_until: "Son gönderme zamanı", "To be sent by";
    waiting_until_about: "Bu zamana kadar tamamlanıp gönderilmeyen başvuru belgeleriyle birlikte silinir.", "An application that is not completed and sent by then is deleted with its papers.";
    waiting_mistyped: "Adresi yanlış yazdıysanız yeniden başvurmanız yeterli.", "If you mistyped the address, simply apply again.";
    apply_again: "Yeniden başvur", "Apply again";
    again: "Yönergeleri Tekrar Gönder", "Send the instructions again";
    again_done: "Yönergeler yeniden gönderiliyor.", "The instructions are being sent again.";
    again_wait: "E-posta az önce gönderildi. {n} saniye sonra yeniden isteyebilirsiniz.", "The e-mail was sent just now. You may ask again in {n} seconds.";
    again_too_often: "Bu başvuru için daha fazla e-posta gönderilmez. Yeniden başvurabilirsiniz.", "No more e-mails are sent for this application. You may apply again.";
}
