# Vérification d’un cycle : sources côte à côte, décisions, tailles de ménage, fiches d’échantillon, signatures.

verify-title = Vérification
verify-lead = Ce que les sources disent de chaque lieu, et quel chiffre vaut. Là où elles divergent, vous décidez ; chaque décision s’annule d’un clic.
verify-cleared = Le cycle est validé : rien ne change ici tant qu’il ne revient pas en arrière, avec un motif.
verify-states = Comment les chiffres ont été établis
verify-state = État
verify-state-reported = Rapporté
verify-state-triangulated = Triangulé
verify-state-carried = Reporté d’un cycle
verify-state-estimated = Estimé
verify-places = Lieux
verify-share = Part des PDI
verify-tab-open = À régler
verify-tab-settled = Réglés
verify-tab-households = Tailles de ménage
verify-tab-sheets = Fiches d’échantillon
verify-tab-areas = À signer
verify-tab-rules = Choix
verify-none-open = Rien n’est ouvert : aucune source ne diverge, et personne n’est à rappeler.
verify-none-settled = Aucun lieu n’a plus d’une source.
verify-open = sources divergentes
verify-open-n =
    { $n ->
        [one] une question ouverte
       *[other] { $n } questions ouvertes
    }
verify-apart = Écart : { $n } ({ $share } du plus grand).
verify-size-used = Les personnes sont les ménages multipliés par { $size } ({ $from }).
verify-drawing = Ce que les sources disent de { $place }
verify-drawing-what = Un point par source, plein là où le chiffre repose sur elle ; la barre va du bas au haut, le trait est le meilleur chiffre. Les mêmes nombres figurent à côté.
verify-range = { $low } – { $best } – { $high }
verify-range-what = bas, meilleur chiffre et haut de tous les lieux ensemble ; les erreurs de lieux différents sont supposées sans lien, ce sont leurs carrés qui s’additionnent
verify-kind = Sorte de source
verify-kind-record = Formulaire
verify-kind-key-informant = Informateur clé
verify-kind-observation = Vu ou compté par l’équipe
verify-kind-registration-list = Liste d’enregistrement
verify-kind-partner = Chiffre d’un partenaire
verify-kind-call = Appel téléphonique
verify-kind-other = Autre source
verify-name = Organisation, ou identifiant DTM de l’informateur
verify-basis = Sur quoi repose le nombre
verify-basis-list = une liste
verify-basis-count = un comptage
verify-basis-estimate = une estimation
verify-basis-hearsay = ce que d’autres ont dit
verify-nearness = Proximité de la source
verify-nearness-resident = vit dans le lieu
verify-nearness-visitor = vient souvent
verify-nearness-neighbouring = vit dans la même commune
verify-nearness-remote = plus loin, ou par téléphone
verify-standing-counted = compte
verify-standing-disputed = en litige
verify-standing-set-aside = écartée
verify-standing-replaced = remplacée par une plus récente
verify-standing-repeated = redit la même chose
verify-credibility = crédibilité { $n }
verify-weight = poids { $n }
verify-why = Pourquoi cette crédibilité
verify-mark-role = rôle
verify-mark-proximity = proximité
verify-mark-balance = équilibre des personnes entendues
verify-mark-basis = fondement du nombre
verify-mark-reliability = fiabilité, selon l’enquêteur
verify-mark-history = chiffres antérieurs confirmés
verify-mark-line = { $what } : { $mark } (poids { $weight })
verify-households-n =
    { $n ->
        [one] un ménage
       *[other] { $n } ménages
    }
verify-from-households = personnes estimées d’après les ménages
verify-take = Retenir
verify-combine = Retenir ce qu’elles disent ensemble
verify-ask = Redemander
verify-enter = Saisir un chiffre
verify-enter-what = Le chiffre est marqué comme estimé, avec votre motif.
verify-best = Personnes
verify-low = Bas
verify-high = Haut
verify-reason = Motif
verify-add = Ajouter une source
verify-add-any = Ajouter une source pour un lieu
verify-add-what = Personnes, ménages ou les deux. Nommez une organisation ou un identifiant, jamais une personne.
verify-day = Jour dont elle parle
verify-drop-source = Retirer la source
verify-undone = Annulé
verify-source-undone = { $kind } : { $n }
verify-did-take = Décidé : une source est retenue.
verify-did-combine = Décidé : ce que disent ensemble toutes les sources est retenu.
verify-did-ask = À redemander : le lieu est sur la liste des rappels.
verify-did-enter = Décidé : { $n } a été saisi. { $why }
verify-sizes-what = Là où seuls les ménages ont été comptés, les personnes sont les ménages multipliés par le ménage moyen : celui du lieu s’il est connu, rapproché de celui de la zone au-dessus.
verify-sizes-none = Les personnes ont été comptées partout.
verify-size = Personnes par ménage
verify-size-from = Connu par
verify-size-from-place = le lieu
verify-size-from-admin2 = la zone de niveau 2
verify-size-from-admin1 = la zone de niveau 1
verify-size-from-country = le pays
verify-sheets-what = Ménages échantillonnés par sexe et âge. Leurs parts sont appliquées au total du lieu, de sorte que les cases s’additionnent ; une fiche trop petite emprunte à sa zone.
verify-sheets-none = Aucun formulaire de ce cycle n’a de fiche d’échantillon. Une correspondance la nomme sous [sample].
verify-sheet-state = Fiche
verify-sheet-off =
    { $n ->
        [one] un ménage ne s’additionne pas
       *[other] { $n } ménages ne s’additionnent pas
    }
verify-sheet-small = trop petite
verify-sheet-good = s’additionne
verify-sheet-from = Parts tirées de
verify-sheet-reported = cases rapportées
verify-signed = Signature
verify-is-signed = signée
verify-is-stale = changée depuis sa signature
verify-not-signed = non signée
verify-sign = Signer les zones cochées
verify-sign-note = Exigée là où une zone a des questions ouvertes : pourquoi elle est signée avec elles.
verify-sign-wanted = Le cycle n’est validé qu’une fois toutes les zones signées. Une signature porte sur les chiffres tels qu’ils sont : s’ils changent, elle ne vaut plus.
verify-sign-not-wanted = Les signatures sont gardées et ne bloquent rien : sous Choix, vous pouvez faire attendre le cycle.
verify-withdraw = Retirer une signature
verify-rules-what = Pour tous les cycles de cet exercice. Les cycles ouverts sont consolidés à nouveau un instant plus tard.
verify-every-record = Chaque enregistrement d’un lieu est une source à part ; sinon le dernier vaut, sauf si la correspondance dit de qui vient chacun
verify-households = Estimer les personnes là où seuls les ménages ont été comptés
verify-sign-off = Un cycle n’est validé qu’une fois toutes les zones signées
verify-level = Niveau des zones signées
verify-share-apart = Les sources divergent à partir de cet écart (%)
verify-persons-apart = et de plus de tant de personnes
verify-choose = Choisir
verify-heard = { $kind } : { $n } ({ $on } ; crédibilité { $credibility }, poids { $weight } ; { $standing })
verify-explained = Lieux à plusieurs sources, ou estimés
verify-said-added = La source est ajoutée.
verify-said-decided = La décision est gardée.
verify-said-undone = C’est annulé.
verify-said-signed =
    { $n ->
        [0] Ces zones étaient déjà signées.
        [one] Une zone est signée.
       *[other] { $n } zones sont signées.
    }
verify-said-withdrawn = La signature est retirée.
verify-said-chosen = Le choix est gardé.
round-step-signed = Chaque zone est signée
audit-checks-verification-chosen = Choix sur la vérification
audit-verification-source-added = Source d’un lieu ajoutée
audit-verification-decided = Décision entre sources
audit-verification-undone = Source ou décision annulée
audit-area-signed = Zone signée
audit-area-unsigned = Signature retirée
rest-tag-verification = Vérification
rest-op-show-verification = Comment un cycle a été vérifié : états, lieux et leurs sources, zones et leurs signatures
rest-op-add-source = Ajouter une source d’un lieu : chiffre d’un partenaire, liste d’enregistrement, appel
rest-op-decide-place = Décider d’un lieu : retenir une source, tout combiner, redemander, saisir un chiffre
rest-op-undo-verification = Annuler une source ou une décision
rest-op-sign-areas = Signer les chiffres de zones tels qu’ils sont
rest-op-withdraw-signature = Retirer la signature d’une zone, avec un motif
rest-op-show-verification-rules = Comment les cycles d’un exercice sont vérifiés
rest-op-set-verification-rules = Choisir comment les cycles d’un exercice sont vérifiés, avec un motif
rest-problem-409-48 = Cela ne convient pas à la vérification ; le message dit ce qui s’y oppose.
rest-param-entry = Identifiant de la source ou de la décision
rest-param-area = P-code de la zone
