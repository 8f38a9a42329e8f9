# Messages vers l’extérieur : courriels, systèmes prévenus, mots de passe par courriel.
outbox = Messages
outbox-what = Courriels et appels d’autres systèmes. Ce qui est empêché est réessayé pendant un jour, puis abandonné.
outbox-counts = En attente : { $waiting } · abandonnés : { $up } · envoyés ces 30 derniers jours : { $sent }
outbox-waiting = En attente
outbox-none-waiting = Rien n’attend.
outbox-given-up = Abandonnés
outbox-given-up-what = Ceux-ci ne sont pas arrivés. Réparez la cause, puis renvoyez-les.
outbox-sent = Envoyés
outbox-next = prochain essai
outbox-tries = { $n ->
    [0] pas encore essayé
    [one] essayé une fois
   *[other] essayé { $n } fois
}
outbox-retry = Renvoyer
outbox-retry-all = Tout renvoyer
outbox-drop = Supprimer
outbox-retried = { $n ->
    [one] Un message est renvoyé.
   *[other] { $n } messages sont renvoyés.
}
outbox-dropped = Le message est supprimé.
outbox-hook-gone = un système retiré
outbox-answered = { $what } ({ $answer })
outbox-kind-mail = Courriel
outbox-kind-reset = Lien pour choisir un mot de passe
outbox-kind-invitation = Invitation
outbox-kind-hook = Appel d’un système
outbox-problem-unreachable = l’autre côté est injoignable
outbox-problem-not-private = le serveur de courriel n’offre pas de chiffrement digne de confiance
outbox-problem-not-let-in = le serveur de courriel refuse notre nom et notre mot de passe
outbox-problem-later = le serveur de courriel le prendra plus tard
outbox-problem-never = le serveur de courriel ne le prendra pas
outbox-problem-refused = le système le refuse
outbox-problem-no-mail = aucun serveur de courriel n’est défini
outbox-problem-no-key = la clé de ce serveur n’est plus la même
outbox-problem-address = l’adresse n’est pas comprise
outbox-problem-not-public = l’adresse est du réseau de ce serveur
outbox-problem-restored = il attendait quand la sauvegarde a été faite : renvoyez-le s’il est encore utile
outbox-problem-hook-gone = le système a été retiré
outbox-mail = Serveur de courriel
outbox-mail-none = Ce serveur n’envoie pas de courriel : mots de passe et liens se transmettent de la main à la main. Pour qu’il en envoie, définissez au démarrage :
outbox-mail-host = Serveur
outbox-mail-from = Expéditeur
outbox-test = Envoyer un courriel d’essai
outbox-test-to = À
outbox-test-written = Le courriel d’essai part. S’il n’arrive pas, cette page dit pourquoi.
mail-test-subject = Essai du serveur de courriel
mail-test-body =
    Bonjour,

    ce courriel a été demandé sur { $server } pour voir si ses courriels arrivent. Ils arrivent.
mail-reset-subject = Choisir un nouveau mot de passe
mail-reset-body =
    Bonjour { $name },

    quelqu’un a demandé un nouveau mot de passe pour cette adresse sur { $server }.

    Pour en choisir un, ouvrez ce lien. Il est valable un jour et une seule fois :

    { $link }

    Ce n’était pas vous ? Ne faites rien : votre mot de passe reste le même.
mail-invitation-subject = Vous êtes invité
mail-invitation-body =
    Bonjour { $name },

    vous avez été ajouté sur { $server }, où des données de déplacement sont collectées et vérifiées.

    Choisissez votre mot de passe ici. Le lien est valable un jour et une seule fois :

    { $link }

    S’il n’est plus valable, demandez-en un autre sur la page de connexion.
password-forgotten = Mot de passe oublié ?
password-forgotten-what = Donnez votre adresse électronique. Si elle est connue ici, un lien pour choisir un nouveau mot de passe y part.
password-send = M’envoyer un lien
password-link-mailed = Si l’adresse est connue ici, un lien est en route. Il est valable un jour ; regardez aussi parmi les courriels indésirables.
password-choose = Choisir un mot de passe
password-set = Votre nouveau mot de passe vaut désormais, et toutes les sessions sont fermées. Veuillez vous connecter.
hooks-title = Webhooks
hooks-what = D’autres systèmes prévenus aussitôt quand quelque chose arrive ici : un tableau de bord, un service d’alerte, une chaîne de données. Chaque appel est signé.
hooks-known = Systèmes prévenus
hooks-none = Aucun pour l’instant.
hooks-all = tout
hooks-add = Ajouter un système
hooks-address = Adresse appelée
hooks-events = Ce dont il est prévenu
hooks-events-none = Rien de coché : tout.
hooks-event-alert-raised = Alertes
hooks-event-release-published = Chiffres publiés
hooks-event-release-corrected = Nouvelles versions de chiffres publiés
hooks-event-release-withdrawn = Retraits
hooks-test = Essayer
hooks-tested = L’appel part. S’il ne passe pas, il est réessayé pendant un jour.
hooks-remove = Retirer
hooks-removed = Le système est retiré.
hooks-secret-once = Copiez le secret maintenant : il n’est affiché que cette fois. Avec lui, l’autre système vérifie la signature (Standard Webhooks : webhook-id, webhook-timestamp, webhook-signature).
