//! What the pages of users say.

use crate::text::words;

words! {
    Words;
    title: "Kullanıcılar ve yetkiler", "Users and roles";
    lede: "Oturum açanlar. Her işlem gerekçesiyle kaydedilir; kimse kendisini değiştiremez.", "Those who sign in. Each act is recorded with its reason; nobody changes oneself.";
    none: "Bu süzgeçle kullanıcı bulunamadı.", "No user is found with this filter.";
    code: "Kullanıcı kodu", "User code";
    name: "Ad soyad", "Name";
    role: "Yetki", "Role";
    firm: "Firma", "Firm";
    secretariat: "Genel sekreterlik", "General secretariat";
    no_secretariat: "Yok", "None";
    state: "Durum", "State";
    locked: "Kilitli", "Locked";
    open: "Açık", "Open";
    reason: "Gerekçe", "Reason";
    lock: "Kilitle", "Lock";
    unlock: "Kilidi aç", "Unlock";
    lock_about: "Kilitlenen kullanıcının açık oturumları hemen kapanır.", "Whoever is locked is signed out everywhere at once.";
    set_roles: "Yetkileri değiştir", "Change the roles";
    done: "Yapılan işlemler", "What was done";
    none_done: "Kayıtlı işlem yok.", "No act is recorded.";
    when: "Zaman", "When";
    what: "İşlem", "Act";
    by: "Yapan", "By";
    was_created: "Oluşturuldu", "Created";
    was_locked: "Kilitlendi", "Locked";
    was_unlocked: "Kilidi açıldı", "Unlocked";
    was_changed: "Yetkileri değişti", "Roles changed";
    oneself: "Bu sizsiniz; kendinizi değiştiremezsiniz.", "This is you; you cannot change yourself.";

    new_title: "Yeni görevli", "A new member of staff";
    new_lede: "Gümrük memuru, genel sekreterlik görevlisi ya da yönetici. İlk parola bir kez gösterilir.", "A customs officer, a member of staff or an administrator. The first password is shown once.";
    code_hint: "En çok 64 harf (a-z), rakam ve - _ . @", "Up to 64 letters a-z, digits and - _ . @";
    secretariat_hint: "Yalnızca genel sekreterlik görevlisi için.", "For staff of a secretariat alone.";
    create: "Oluştur", "Create";
    made_title: "Kullanıcı oluşturuldu", "The user was created";
    password: "İlk parola", "First password";
    made_next: "Parolayı kullanıcıya elden verin; bir daha gösterilmez.", "Give the password to the user by hand; it is not shown again.";
    back: "Bütün kullanıcılar", "All users";

    not_allowed: "Bu kullanıcıyı siz değiştiremezsiniz.", "You cannot change this user.";
    no_reason: "Gerekçeyi yazın; en çok 1.000 harf.", "Write the reason; 1,000 letters at most.";
    code_form: "Kullanıcı kodu en çok 64 harf (a-z), rakam ve - _ . @ olabilir.", "A user code has up to 64 letters a-z, digits and - _ . @";
    taken: "Bu kullanıcı kodu kullanılıyor.", "This user code is taken.";
    roles_form: "En az bir yetki seçin; firma adına işlem yapan kullanıcının yetkileri buradan değişmez.", "Choose one role at least; roles of those who act for firms are not changed here.";
    secretariat_form: "Genel sekreterlik görevlisi için genel sekreterlik seçin, başkası için boş bırakın.", "Choose a secretariat for its staff, and none for anybody else.";
    nothing_new: "Zaten böyle.", "It is so already.";
}
