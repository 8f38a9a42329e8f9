//! Problems of who asks: signing in, passwords, second factors, what somebody may not do.

use super::Problem;
use axum::http::StatusCode;
use dtm_model::Text;

impl Problem {
    pub(crate) fn sign_in() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "sign_in_required",
            401.2,
            Text::both("Please sign in first.", "Veuillez d’abord vous connecter."),
        )
    }

    pub(crate) fn wrong_sign_in() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "sign_in_failed",
            401.2,
            Text::both(
                "This e-mail address and password do not go together.",
                "Cette adresse et ce mot de passe ne vont pas ensemble.",
            ),
        )
    }

    /// The second factor is needed, and was not given.
    pub(crate) fn second_factor() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "second_factor_required",
            401.2,
            Text::both(
                "This account asks for a second factor: send the code of your authenticator app as `totp` with the \
                 sign-in, or use an API token.",
                "Ce compte demande un second facteur : envoyez le code de votre application d’authentification dans \
                 `totp` avec la connexion, ou utilisez un jeton d’API.",
            ),
        )
    }

    /// The code of the second factor is not the right one.
    pub(crate) fn wrong_code() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "wrong_code",
            401.2,
            Text::both(
                "This code is not the right one. Each code is good once, and for about a minute.",
                "Ce code n’est pas le bon. Chaque code ne sert qu’une fois, et pendant une minute environ.",
            ),
        )
    }

    /// The sign-in waited too long for its second step, or was finished elsewhere.
    pub(crate) fn sign_in_over() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "sign_in_over",
            401.2,
            Text::both(
                "This sign-in is over. Please begin again.",
                "Cette connexion n’est plus valable. Veuillez recommencer.",
            ),
        )
    }

    /// The agreement came to its end, was ended, or gave all the files that it gives.
    pub(crate) fn sharing_over() -> Self {
        Self::new(
            StatusCode::GONE,
            "sharing_over",
            410.3,
            Text::both(
                "This agreement gives no more files: it ended, or all of them were taken. Please write to the operation.",
                "Cet accord ne donne plus de fichiers : il a pris fin, ou tous ont été téléchargés. Veuillez écrire à l’opération.",
            ),
        )
    }

    /// A password was typed twice, and not the same.
    pub(crate) fn not_alike() -> Self {
        Self::bad_request(
            "passwords_differ",
            "The new password was not typed twice alike.",
            "Le nouveau mot de passe n’a pas été saisi deux fois de la même façon.",
        )
    }

    /// A link to set a password was used, or is too old.
    pub(crate) fn link_over() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "link_over",
            401.2,
            Text::both(
                "This link was used already, or is older than a day. Ask for another.",
                "Ce lien a déjà servi, ou il a plus d’un jour. Demandez-en un autre.",
            ),
        )
    }

    /// Something was to be mailed, and nobody said how.
    pub(crate) fn no_mail() -> Self {
        Self::bad_request(
            "no_mail",
            "This server sends no mail: ask an administrator for a new password.",
            "Ce serveur n’envoie pas de courriel : demandez un nouveau mot de passe à un administrateur.",
        )
    }

    /// Passwords travel by TLS only.
    pub(crate) fn https_only() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "https_only",
            401.3,
            Text::both(
                "This server takes a password with a request by HTTPS only.",
                "Ce serveur n’accepte un mot de passe avec une demande que par HTTPS.",
            ),
        )
    }

    /// The password somebody else gave has to be replaced before anything else.
    pub(crate) fn password_due() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "password_due",
            403.1,
            Text::both(
                "Please choose a password of your own first.",
                "Veuillez d’abord choisir votre propre mot de passe.",
            ),
        )
    }

    /// This server asks people of this role for a second factor.
    pub(crate) fn second_factor_due() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "second_factor_due",
            403.1,
            Text::both(
                "Your role asks for a second factor. Please set it up in your account first.",
                "Votre rôle exige un second facteur. Veuillez d’abord le configurer dans votre compte.",
            ),
        )
    }

    /// For people who signed in themselves, not for their programs.
    pub(crate) fn in_person() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "in_person",
            403.1,
            Text::both(
                "This is done after signing in with a password, not with a token.",
                "Cela se fait après connexion avec un mot de passe, pas avec un jeton.",
            ),
        )
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            403.1,
            Text::both("You may not do this.", "Vous n’avez pas le droit de faire cela."),
        )
    }

    /// Another site made the browser send this.
    pub(crate) fn other_site() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "other_site",
            403.1,
            Text::both(
                "This request did not come from a page of this server, so nothing was done.",
                "Cette demande ne vient pas d’une page de ce serveur : rien n’a été fait.",
            ),
        )
    }

    pub(crate) fn slow_down(seconds: u32) -> Self {
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            429.1,
            Text::both(
                format!("Too many requests. Try again in {seconds} seconds."),
                format!("Trop de demandes. Réessayez dans {seconds} secondes."),
            ),
        );
        problem.retry_after = Some(seconds);
        problem
    }
}
