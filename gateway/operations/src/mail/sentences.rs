//! What an event says in a mail, in Turkish and in English.

/// What an event of a user's account says, in Turkish and in English.
pub(super) fn of_account(kind: &str) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        "password.changed" => (
            "Şifreniz değiştirildi; diğer açık oturumlarınız kapatıldı.",
            "Your password was changed; your other sessions have ended.",
        ),
        "payment_password.set" => ("Ödeme şifreniz belirlendi.", "Your payment password was set."),
        "user.created" => ("Sizin için bir kullanıcı açıldı.", "A user was made for you."),
        "user.locked" => ("Hesabınız kilitlendi; oturum açamazsınız.", "Your account was locked; you cannot sign in."),
        "user.unlocked" => ("Hesabınızın kilidi açıldı.", "Your account was unlocked."),
        "user.roles" => (
            "Rolleriniz değiştirildi. Bugünkü rolleriniz \"Hesabım\" sayfasındadır.",
            "Your roles were changed. Those that you have now are on the page \"My account\".",
        ),
        _ => return None,
    })
}

/// What an event of a power says, in Turkish and in English.
pub(super) fn of_power(kind: &str) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        "power.applied" => {
            ("Vekaletname genel sekreterliğin incelemesine gönderildi.", "The power of attorney was sent for review.")
        }
        "power.approved" => ("Vekaletname onaylandı.", "The power of attorney was approved."),
        "power.rejected" => ("Vekaletname onaylanmadı.", "The power of attorney was not approved."),
        "power.revoked" => ("Vekaletname sona erdirildi.", "The power of attorney was revoked."),
        "power.frozen" => (
            "İhracatçı, bu beyan sahibinin kendi adına işlem yapmasını durdurdu.",
            "The exporter stopped this declarant from acting in its name.",
        ),
        "power.released" => (
            "İhracatçı, bu beyan sahibinin kendi adına işlem yapmasına yeniden izin verdi.",
            "The exporter lets this declarant act in its name again.",
        ),
        _ => return None,
    })
}

/// What an event of a proposed change says.
pub(super) fn of_change(kind: &str) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        "table.proposed" => (
            "Bir değişiklik önerisi ikinci kişinin kararını bekliyor.",
            "A proposed change waits for a second person's decision.",
        ),
        "table.confirmed" => ("Önerdiğiniz değişiklik onaylandı.", "The change that you proposed was confirmed."),
        "table.refused" => ("Önerdiğiniz değişiklik reddedildi.", "The change that you proposed was refused."),
        _ => return None,
    })
}

/// A sentence, and a reason behind it where one was given.
pub(super) fn with_reason(sentence: &str, word: &str, reason: &str) -> String {
    if reason.is_empty() { sentence.to_owned() } else { format!("{sentence} {word}: {reason}") }
}
