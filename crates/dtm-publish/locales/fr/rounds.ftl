# Les cycles pendant la collecte : lieux, équipes, liste de contrôle.

visits-title = Lieux du cycle
visits-all = Tous
visits-standing = État
visits-standing-late = En retard
visits-standing-flagged = À vérifier
visits-standing-waiting = Attendu
visits-standing-unreached = Non atteint
visits-standing-ready = Prêt
visits-never-settled = Rien n’est encore arrivé, ou les contrôles n’ont pas tourné.
visits-as-of = Situation au { $when }
visits-none = Aucun lieu n’est encore connu. Importez la liste des lieux, ou laissez les premiers envois les apporter.
visits-none-fit = Aucun lieu ne correspond à ce choix.
visits-place = Lieu
visits-team = Équipe
visits-no-team = Sans équipe
visits-due = Échéance
visits-records = Enregistrements
visits-found = Trouvé en chemin
visits-findings-n =
    { $n ->
        [one] { $n } constat ouvert
       *[other] { $n } constats ouverts
    }
visits-do = Planifier ou expliquer les lieux cochés
visits-plan-ticked = Planifier
visits-plan = Mettre au plan
visits-drop = Retirer du plan
visits-unreached-ticked = Non atteints
visits-why = Raison
visits-why-insecurity = Insécurité
visits-why-no-road = Route coupée ou intempéries
visits-why-access-refused = Accès refusé
visits-why-no-informant = Pas d’informateur clé
visits-why-empty = Plus personne n’y vit
visits-why-not-found = Lieu introuvable
visits-why-no-time = Manque de temps ou de moyens
visits-why-other = Autre
visits-note = Note
visits-unreached = Marquer comme non atteint
visits-reachable = Retirer la raison
visits-plan-all = Planifier tous les lieux attendus
visits-plan-all-what = Tous les lieux ouverts dans les zones du cycle ; ceux déjà planifiés restent tels quels.
visits-by-area = Par zone
visits-by-team = Par équipe
visits-area-unknown = Zone inconnue
visits-done = Justifiés
visits-planned-n = Prévus
visits-said-planned =
    { $n ->
        [one] Un lieu est planifié.
       *[other] { $n } lieux sont planifiés.
    }
visits-said-dropped =
    { $n ->
        [0] Aucun d’eux n’était au plan.
        [one] Un lieu est retiré du plan.
       *[other] { $n } lieux sont retirés du plan.
    }
visits-said-unreached =
    { $n ->
        [one] Un lieu est marqué comme non atteint.
       *[other] { $n } lieux sont marqués comme non atteints.
    }
visits-said-reachable =
    { $n ->
        [one] La raison est retirée.
       *[other] { $n } raisons sont retirées.
    }
teams-title = Équipes
teams-known = Équipes de l’opération
teams-none = Il n’y a pas encore d’équipe.
teams-name = Nom de l’équipe
teams-add = Ajouter une équipe
teams-save = Enregistrer
teams-remove = Supprimer l’équipe
teams-what = Une équipe reçoit des lieux à visiter ; ce que ses téléphones envoient compte comme son travail. Un téléphone appartient à une seule équipe.
teams-no-name = Une équipe a besoin d’un nom de 100 caractères au plus.
teams-name-taken = Il y a déjà une équipe de ce nom.
teams-said-saved = L’équipe est enregistrée.
teams-said-removed = L’équipe est supprimée. Ses envois restent ; ses lieux n’ont plus d’équipe.
teams-phones-n =
    { $n ->
        [0] aucun téléphone
        [one] un téléphone
       *[other] { $n } téléphones
    }
round-progress = Avancement
round-clock-before =
    { $n ->
        [one] La collecte commence demain.
       *[other] La collecte commence dans { $n } jours.
    }
round-clock-left =
    { $n ->
        [0] Dernier jour de collecte.
        [one] Il reste un jour de collecte.
       *[other] Il reste { $n } jours de collecte.
    }
round-clock-over =
    { $n ->
        [one] La collecte devait finir hier.
       *[other] La collecte devait finir il y a { $n } jours.
    }
round-accounted = { $percent } % des lieux évalués ou expliqués
round-places = Tous les lieux
round-late = Arrivés hors collecte
round-late-n =
    { $n ->
        [one] Un envoi est arrivé alors que le cycle n’était pas en collecte. Il compte dès qu’un relecteur l’a approuvé.
       *[other] { $n } envois sont arrivés alors que le cycle n’était pas en collecte. Ils comptent dès qu’un relecteur les a approuvés.
    }
round-late-look = Les voir
round-late-what = Ceux-ci sont arrivés alors que le cycle n’était pas en collecte. Ouvrez-en un pour l’approuver ou le rejeter.
round-late-all = Tous les enregistrements
round-checklist = Liste de contrôle
round-step-form = Un formulaire est publié
round-step-phones = Des téléphones ont accès
round-step-training = Les enquêteurs sont formés et ont essayé le formulaire
round-step-announced = Les autorités locales et les communautés sont informées du cycle
round-step-visits = Les lieux à visiter sont connus
round-step-places = Chaque lieu est évalué ou expliqué
round-step-findings = Aucun constat bloquant n’est ouvert
round-step-late = Les envois tardifs ont été examinés
round-step-compared = Ce qui est anormal face aux cycles précédents est expliqué
round-step-agreed = Le partenaire gouvernemental approuve les chiffres
round-step-done = Fait
round-step-open = Ouvert
round-step-tick = Cocher
round-step-untick = Décocher
round-step-note = Note (facultative)
round-step-by = { $who }, { $when }
round-step-go = Voir
round-said-ticked = L’étape est cochée.
round-said-unticked = L’étape est décochée.
round-back-why = Pourquoi le cycle revient en arrière
round-history = Historique
analysis-title = Avant la validation
analysis-lead = Ce qui a changé depuis le dernier cycle et par quoi, ce qui est anormal, ce qui a pu être compté deux fois. Un cycle est validé quand toute anomalie est expliquée.
analysis-parts = De quoi le changement est fait
analysis-part-new = Lieux sans chiffre auparavant
analysis-part-lost = Lieux sans chiffre maintenant
analysis-part-reassessed = Lieux évalués à nouveau
analysis-part-carried = Lieux dont le chiffre est reporté
analysis-odd = Chiffres anormaux
analysis-what = Ce qui est anormal
analysis-none-open = Aucune anomalie n’est restée sans explication.
analysis-open-n =
    { $n ->
        [one] Une anomalie est sans explication.
       *[other] { $n } anomalies sont sans explication.
    }
analysis-explain-ticked = Expliquer ce qui est coché
analysis-why = Explication
analysis-explain = Expliquer
analysis-explained = Expliquées
analysis-said-explained =
    { $n ->
        [one] Une anomalie est expliquée.
       *[other] { $n } anomalies sont expliquées.
    }
analysis-said-unexplained = L’explication est retirée.
analysis-double = Peut-être comptés deux fois
analysis-double-none = Aucune paire de lieux ne semble parler des mêmes personnes.
analysis-double-what = Proches l’un de l’autre ou de nom semblable, avec des chiffres semblables. Rien n’est retiré des chiffres : regardez, puis corrigez un enregistrement s’il le faut.
analysis-places = Lieux
analysis-at-most = Au plus en double
analysis-apart = Pourquoi
analysis-metres = à { $n } m
analysis-names-alike = noms semblables

origins-title = D’où viennent les gens, et niveaux au fil des cycles
origins-lead = Des chiffres consolidés, avant tout masquage : pour regarder, non pour publier.
origins-table = Origine et zone actuelle
origins-from = Venus de
origins-all = Tous
origins-unknown = Non dit
origins-none = Les chiffres ne disent rien des origines.
origins-balance = Ce que les zones ont perdu et gagné
origins-within = Déplacés à l’intérieur
origins-gone = Partis ailleurs
origins-come = Venus d’ailleurs
origins-net = Solde
origins-fit = Ajusté à des sommes connues par ailleurs
origins-fit-what = Là où un enregistrement ou une enquête dit combien ont quitté chaque zone et combien sont arrivés dans chacune, le tableau est ajusté aux deux sommes (ajustement proportionnel itératif) : ce que le cycle a vu donne la structure, les sommes donnent le niveau. Les cases que personne n’a signalées restent vides.
origins-sums = Les sommes connues
origins-left = Combien sont partis, une ligne par origine
origins-arrived = Combien sont arrivés, une ligne par zone
origins-fit-do = Ajuster
origins-fitted = Les deux sommes sont atteintes, après { $turns } tours.
origins-not-fitted = Les sommes ne sont pas atteintes après { $turns } tours ; le plus grand écart est de { $error } personnes. N’utilisez pas ce tableau.
origins-unfit = Le tableau ne peut pas être ajusté à ces sommes.
origins-bad-line = « { $line } » n’est pas un code et un nombre.
origins-missing = Rien n’est dit de { $codes }.
origins-not-here = { $codes } ne figure pas dans le tableau.
origins-series = Personnes déplacées par cycle
origins-level = Niveau
origins-new-level = nouveau niveau
origins-too-few = Avec moins de quatre cycles, rien ne peut être dit des niveaux.
origins-one-level = Au fil de ces cycles, le nombre garde un seul niveau : aucun changement ne se détache des hauts et des bas.
origins-levels = { $n ->
    [one] Le nombre a changé de niveau une fois.
   *[other] Le nombre a changé de niveau { $n } fois.
}
origins-series-what = Les niveaux sont les moyennes entre les ruptures qui expliquent le mieux la série pour leur nombre (moindres carrés, critère d’information bayésien), trois au plus. Un nouveau niveau demande une raison : une crise, un retour ou une autre façon de compter.

stocks-title = Stocks et flux
stocks-lead = Qui devrait se trouver dans chaque zone d’après ce que l’on sait depuis le cycle précédent, qui s’y trouve, et ce que rien n’explique. Des chiffres consolidés, avant tout masquage.
stocks-none = Rien à comparer pour l’instant : ce cycle ou le précédent n’a pas été consolidé.
stocks-since = Depuis le cycle { $label }
stocks-expected = Attendus
stocks-residual = Non expliqué
stocks-coverage = Dont couverture
stocks-beyond = plus qu’incertain
stocks-within = dans l’incertitude
stocks-what = Non expliqué : qui est là maintenant, moins qui devrait y être d’après les nombres connus. « Dont couverture » est ce qu’en font les lieux comptés dans un seul des deux cycles. Rien ici ne change un chiffre.
stocks-fitted = Les nombres les plus proches qui concordent
stocks-fitted-what = Chaque nombre cède selon son incertitude (moindres carrés pondérés par 1/variance) et aucun ne passe sous zéro. Pour regarder, non pour publier.
stocks-known = Mouvements connus
stocks-known-none = Aucun mouvement n’a encore été noté.
stocks-offers = Signalés par des événements
stocks-offers-what = Arrivées que des événements d’urgence ont signalées entre les cycles. Reprises, elles comptent dans le calcul ci-dessus.
stocks-offer = { $persons } personnes, { $source }
stocks-take = Reprendre
stocks-add = Noter un mouvement
stocks-withdraw = Retirer
stocks-restore = Rétablir
stocks-withdrawn-by = retiré par { $who }, { $when }
stocks-kind = Ce qui s’est passé
stocks-kind-arrivals = Arrivées
stocks-kind-births = Naissances
stocks-kind-departures = Départs
stocks-kind-returns = Retours
stocks-kind-deaths = Décès
stocks-kind-reclassified = Reclassés
stocks-persons = Personnes
stocks-margin = En plus ou en moins
stocks-margin-what = De combien ce peut être plus ou moins, huit fois sur dix. Vide si le nombre est certain.
stocks-source = Qui le dit
stocks-source-what = Un registre, une agence, un événement ; jamais le nom d’une personne.
stocks-whole = Toutes les zones
stocks-elsewhere = Aucune zone connue
stocks-line = { $area } : { $before } avant, { $expected } attendus, { $after } maintenant, { $residual } non expliqué
stocks-refused = Le mouvement n’a pas été noté.
stocks-no-area = « { $code } » n’est pas une zone de cette opération, au-dessous du pays.
stocks-no-kind = « { $kind } » n’est ni arrivals, births, departures, returns, deaths, ni reclassified.
stocks-no-persons = Donnez les personnes en nombre entier supérieur à zéro.
stocks-no-change = Donnez les personnes en nombre entier ; en dessous de zéro pour des gens qui ne sont plus comptés.
stocks-no-margin = Donnez « en plus ou en moins » en nombre entier, zéro ou davantage.
stocks-no-source = Dites qui ou quoi en témoigne, en { $most } caractères au plus.
stocks-said-added = Le mouvement a été noté.
stocks-said-withdrawn = Le mouvement a été retiré.
stocks-said-restored = Le mouvement est rétabli.
origins-persons = Personnes
origins-file = Le tableau en fichier
origins-code = { $what } (code)
origins-line = { $area } : { $within } à l’intérieur, { $gone } partis ailleurs, { $come } venus d’ailleurs, solde { $net }
stocks-take-all = Tout reprendre
stocks-said-taken = { $n ->
    [0] Il n’y avait rien à reprendre.
    [one] Un mouvement a été noté.
   *[other] { $n } mouvements ont été notés.
}
