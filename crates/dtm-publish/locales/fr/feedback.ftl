# Ce que les lecteurs disent de ce qui est publié, et ce qu’en font les responsables.

feedback-asked = Cette page vous a-t-elle été utile ?
feedback-useful = Oui
feedback-partly = En partie
feedback-not-useful = Non
feedback-correction = Quelque chose est faux
feedback-title = Votre avis
feedback-what = Dites si ces chiffres vous servent, et ce que vous tenez pour faux. Vous n’avez pas à dire qui vous êtes, et rien sur vous n’est conservé.
feedback-about = À propos de
feedback-first-page = la première page de l’opération
feedback-thanks = Merci. Votre réponse est conservée.
feedback-thanks-why = Merci : vos mots sont chez l’équipe.
feedback-too-late = Ceci a déjà été expliqué ou a reçu une réponse. Donnez un nouvel avis ci-dessous.
feedback-why = Pourquoi, si vous voulez
feedback-why-hint = Pour quoi en aviez-vous besoin ? Que manquait-il ?
feedback-wrong = Qu’est-ce qui est faux ?
feedback-wrong-hint = Quel chiffre ou quel nom, ce qu’il devrait être, et comment vous le savez. Ne nommez personne et ne donnez le lieu exact de personne en danger.
feedback-reader = Pour qui travaillez-vous, si vous voulez le dire ?
feedback-reader-none = Je ne le dis pas
feedback-reader-government = Gouvernement
feedback-reader-un = Nations Unies
feedback-reader-ngo = Organisation non gouvernementale
feedback-reader-donor = Bailleur de fonds
feedback-reader-media = Médias
feedback-reader-research = Recherche ou enseignement
feedback-reader-affected = Je suis moi-même concerné
feedback-reader-other = Autre
feedback-contact = Adresse électronique, seulement si vous voulez une réponse
feedback-contact-hint = Elle est oubliée avec la réponse.
feedback-send = Envoyer
feedback-choose = Que voulez-vous dire ?
feedback-bad-contact = L’adresse électronique n’en est pas une.
feedback-too-long = Ce que vous avez écrit est trop long.
feedback-nothing-said = Écrivez ce qui est faux.
feedback-so-far = { $n ->
    [one] Un lecteur a répondu jusqu’ici
   *[other] { $n } lecteurs ont répondu jusqu’ici
 } : { $share } l’ont trouvée utile.
feedback-answered-in = { $n ->
    [0] Les signalements d’erreurs reçoivent une réponse le jour même, en médiane.
    [one] Les signalements d’erreurs reçoivent une réponse en un jour, en médiane.
   *[other] Les signalements d’erreurs reçoivent une réponse en { $n } jours, en médiane.
}

# Bureau
feedback-tab = Lecteurs
feedback-office-title = Ce que disent les lecteurs
feedback-office-what = À qui sert ce qui est publié, et ce qu’ils tiennent pour faux. Les avis viennent des pages publiques, sans noms ; les adresses sont oubliées avec la réponse.
feedback-none = Personne n’a encore rien dit. Chaque page publique interroge ses lecteurs.
feedback-n = Avis
feedback-share = L’ont trouvée utile
feedback-share-of = de { $n } qui l’ont dit
feedback-open = Signalements sans réponse
feedback-days = Jours jusqu’à la réponse
feedback-days-of = médiane de { $n }
feedback-days-none = aucune réponse encore
feedback-by-product = Par page
feedback-by-reader = Par lecteur
feedback-reader-said = Lecteur
feedback-page = Page
feedback-corrections = Signalements d’erreurs
feedback-corrections-none = Aucun signalement n’attend de réponse.
feedback-answer = Réponse
feedback-answer-hint = Ce qui a été constaté, et dans quelle version c’est corrigé. Part au lecteur s’il a laissé une adresse.
feedback-answer-send = Envoyer la réponse
feedback-wants-answer = veut une réponse par courriel
feedback-no-answer = n’a pas laissé d’adresse
feedback-answered = Répondu
feedback-reasons = Ce que les lecteurs ont écrit
feedback-reasons-none = Personne n’a écrit pourquoi.
feedback-download = Le tout en CSV
feedback-said-answered = La réponse est conservée, et l’adresse oubliée.
feedback-mail-subject = Votre signalement sur { $operation }
feedback-given-on = Donné
feedback-kind = Avis
