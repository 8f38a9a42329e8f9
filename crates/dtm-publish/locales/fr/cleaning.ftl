# Contrôles, règles, journal de nettoyage et rappels.

checks-tab = Contrôles
checks-roles-title = Ce que les questions représentent
checks-roles-lead = Les contrôles doivent savoir quelle question dit qui a interrogé, quand et où. Ce qui est choisi ici vaut pour toutes les versions du formulaire.
checks-roles-guessed = Pour l’instant, leurs noms et leurs types l’indiquent.
checks-no-question = Aucune question
checks-suggested = Les noms suggèrent : { $question }
checks-dont-know = Noms des choix « ne sait pas » et « ne veut pas dire »
checks-dont-know-what = Comme dans la liste de choix du formulaire, séparés par des espaces.
checks-least-minutes = Durée minimale d’un entretien (minutes)
checks-most-minutes = Durée maximale d’un entretien (minutes)
checks-others = « Autre » et ses précisions
checks-others-what = Pour chaque question ayant un choix « autre », la question qui demande la précision.
checks-reason = Motif
checks-save = Enregistrer
checks-to-guess = Revenir à ce que disent les noms
checks-no-reason = Dites en quelques mots pourquoi : cela reste dans l’historique.
checks-changed-since = Quelqu’un d’autre a choisi entre-temps. Ce qui vaut maintenant est affiché ; choisissez à nouveau.
checks-bad-number = Un nombre sort de ses bornes. Rien n’a été modifié.
checks-said-chosen = Enregistré. Les cycles ouverts sont contrôlés à nouveau dans la minute.
checks-history = Choix antérieurs
checks-version = Version { $n }
checks-current = actuelle
checks-return = Y revenir
checks-return-reason = Retour à la version { $n }
checks-thresholds-title = Seuils des contrôles
checks-thresholds-lead = À partir d’où quelque chose est anormal dans cette opération. Un produit qui repose sur d’autres valeurs que les habituelles le dit.
checks-usual = Habituellement { $n }

log-title = Journal de nettoyage
log-n =
    { $n ->
        [0] Aucune entrée
        [one] Une entrée
       *[other] { $n } entrées
    }
log-disputes = Changé par deux personnes
log-disputes-what = Quelqu’un a apporté une correction à une réponse qu’un autre avait changée entre-temps. Rien n’est perdu : choisissez ce qui vaut.
log-seen = Ce qu’il voyait
log-now = Ce qui vaut
log-wanted = Ce qu’il veut
log-keep = Garder ce qui vaut
log-take = Prendre l’autre
log-was-taken = L’autre a été prise
log-was-kept = Ce qui valait a été gardé
log-out = L’emporter
log-out-what = Une ligne par réponse qui a changé, dans les colonnes d’IMPACT et de REACH. Remplissez change_type et new_value, puis rapportez-le.
log-xlsx = Journal (Excel)
log-csv = Journal (CSV)
log-all-xlsx = Toutes les entrées (Excel)
log-all-csv = Toutes les entrées (CSV)
log-answers = Réponses, journal appliqué
log-answers-what = Les données propres sont ce qui est arrivé et le journal. Ce qui est demandé dans des répétitions n’est pas dans ces tableaux.
log-clean-csv = propres (CSV)
log-clean-xlsx = propres (Excel)
log-raw-csv = telles qu’arrivées (CSV)
log-in = Apporter un journal rempli
log-in-what = Rien n’est encore modifié : vous voyez d’abord ce qui convient et ce qui ne convient pas.
log-file = Le journal (Excel ou CSV)
log-look = L’examiner
log-no-file = Choisissez d’abord un fichier.
log-batches = Journaux apportés et décisions sur plusieurs fiches
log-batch-open = à examiner
log-batch-applied = appliqué
log-batch-undone = repris
log-kind-log = Journal de nettoyage
log-kind-proposals = Propositions des contrôles
log-kind-recoding = Recodage des « autre »
log-entries = Entrées
log-undo = Reprendre
log-all = Toutes les entrées, les plus récentes d’abord
log-change = Changement
log-who = Qui et quand
log-change-change-response = Réponse changée
log-change-blank-response = Réponse vidée
log-change-remove-survey = Fiche retirée
log-change-restore-survey = Fiche remise
log-change-no-action = Vu, laissé tel quel
log-would = Ce qu’il ferait
log-already-so = Disent ce qui est déjà
log-undecided = Pas encore décidées
log-overtaken = Changées entre-temps par quelqu’un d’autre
log-overtaken-what = Elles ne sont pas appliquées. Les deux réponses sont gardées, et un responsable choisit.
log-problems = Ne conviennent pas
log-problems-what = Ces lignes ne changent rien. Corrigez-les dans la feuille et rapportez-la : ce qui est appliqué ne l’est pas deux fois.
log-apply = Appliquer ce qui convient
log-drop = L’écarter
log-fits = Ce qui convient
log-row = Ligne
log-gone = La feuille n’est plus ici. Rapportez-la.
log-said-applied = { $n } entrées sont dans le journal ; { $m } attendent un choix entre deux réponses.
log-said-undone = { $n } entrées ont été reprises ; { $m } restent, quelqu’un s’étant prononcé depuis.
log-said-dropped = Le journal a été écarté. Rien n’a été modifié.
log-said-settled = Choisi. Les deux réponses restent dans l’historique.

findings-proposal = Proposé
findings-other = L’autre fiche
findings-take = Prendre les propositions cochées
findings-said-reopened = { $n ->
    [0] Rien n’était à rouvrir.
    [one] Un constat est de nouveau ouvert.
   *[other] { $n } constats sont de nouveau ouverts.
}
findings-reopen = Rouvrir
findings-by-check = Par contrôle
findings-check = Contrôle
findings-weight = Poids
findings-open = Ouverts
findings-resolved = Réglés
findings-every-check = Tous les contrôles
findings-resolve-all = { $n ->
    [one] Régler le constat ouvert
   *[other] Régler les { $n } constats ouverts
}
findings-resolve-all-what = Une note pour tous ; ce qui a été relevé depuis le chargement de cette page en fait partie. On peut revenir en arrière.
findings-take-out = retirer la fiche
findings-taken-reason = comme le contrôle le propose
findings-said-taken = { $n } propositions sont dans le journal de nettoyage ; { $m } n’ont pas été prises, les réponses ayant changé.
others-title = « Autre » à recoder
others-lead = Ce qui reste sous « autre » n’entre dans aucun tableau. Cochez les mots qui veulent dire la même chose et dites quoi ; tout peut être repris dans le journal de nettoyage.
others-none = Rien ne reste sous « autre ».
others-do = Les mots cochés veulent dire
others-choice = Un choix existant
others-to-choice = Recoder
others-else = Aucun des choix
others-name = Nom d’un nouveau choix, sans espace
others-to-new = En faire un choix
others-invalid = Ils ne veulent rien dire
others-nothing = Cochez au moins une ligne et dites ce qu’elle veut dire.
others-reason = « autre » mis à sa place
others-more = D’autres mots restent sous « autre » ; ils suivront quand ceux-ci auront leur place.
others-said =
    { $n ->
        [one] Une fiche a été recodée. Le journal de nettoyage peut la reprendre.
       *[other] { $n } fiches ont été recodées. Le journal de nettoyage peut les reprendre.
    }
calls-title = À rappeler
calls-lead = Les fiches dont quelque chose est à confirmer, et ce qu’il faut demander. Les numéros de téléphone s’affichent pour ceux dont le rôle y donne accès ; le journal d’audit garde qu’ils ont été vus.
calls-xlsx = En feuille (Excel)
calls-none = Personne n’est à rappeler.
calls-more = Seules les 500 premières fiches sont listées.
calls-who = Qui
calls-telephone = Téléphone
calls-weight = Poids
calls-ask = Que demander
calls-answer = Réponse
rules-tab = Règles propres
rules-title = Vos propres règles
rules-lead = Ce que vous savez du lieu et du formulaire, mis par écrit : chaque envoi y est confronté à son arrivée, quand il est corrigé et quand les règles changent.
rules-none = Aucune règle.
rules-bring = Apporter une feuille
rules-columns = Une règle par ligne : id, severity (note, confirm, block), flag_when (vrai là où quelque chose ne va pas, dans la langue du formulaire : ${ "{" }ind{ "}" } < ${ "{" }hh{ "}" }), question, label et why dans chaque langue, action et new_value.
rules-template = Une feuille vide
rules-file = Les règles (Excel ou CSV)
rules-put = Déposer ces règles
rules-refused = La feuille n’a pas été prise : une partie n’a pas de sens. Rien n’a été modifié.
rules-problems = Ce qui n’a pas de sens
rules-said-put = Les règles s’appliquent. Les cycles ouverts sont contrôlés à nouveau dans la minute.
rules-action-ask = demander
rules-action-change-response = corriger la réponse
rules-action-blank-response = vider la réponse
rules-action-remove-survey = retirer la fiche

reviewing-title = Revue
reviewing-map = Où se trouvent les fiches
reviewing-map-desc = { $n ->
    [one] Une fiche sur la carte.
   *[other] { $n } fiches sur la carte.
}
reviewing-every-state = Toutes
reviewing-record-pages = De fiche en fiche
reviewing-next = Suivante
reviewing-previous = Précédente
reviewing-keys = Touches
reviewing-keys-what = Avec la touche par laquelle votre navigateur atteint les touches d’accès (Alt, ou Alt et Maj) : j suivante, k précédente, a approuver, i à demander, r rejeter. Une décision mène à la fiche suivante et peut être reprise.
reviewing-overtaken = { $n ->
    [one] Une autre personne en a modifié une entre-temps ; elle reste ainsi.
   *[other] D’autres personnes en ont modifié { $n } entre-temps ; elles restent ainsi.
}
reviewing-overtaken-title = Pendant que vous regardiez cette fiche, une autre personne l’a modifiée. Rien n’est encore fait de votre part, et rien n’est perdu.
reviewing-overtaken-wanted = Ce que vous vouliez
reviewing-all-the-same = Le faire quand même
reviewing-leave-it = Laisser tel quel

line-kept = Pas de connexion. Votre décision est gardée sur cet appareil et partira d’elle-même au retour de la connexion.
line-waiting = {"{n}"} décisions attendent la connexion sur cet appareil.
line-waiting-one = Une décision attend la connexion sur cet appareil.
line-sent = {"{n}"} décisions en attente ont été envoyées.
line-sent-one = Une décision en attente a été envoyée.
line-refused = Pas fait, car la fiche a changé entre-temps :
line-look = Regarder et décider
line-away = Toujours pas de connexion.
line-sign-in = Reconnectez-vous : ce qui attend sur cet appareil sera alors envoyé.
line-take = Emporter ces fiches, pour la revue sans connexion
line-taking = Les fiches sont en cours de téléchargement.
line-taken = Cette page et {"{n}"} fiches sont gardées sur cet appareil jusqu’à votre déconnexion.
line-taken-one = Cette page et une fiche sont gardées sur cet appareil jusqu’à votre déconnexion.
