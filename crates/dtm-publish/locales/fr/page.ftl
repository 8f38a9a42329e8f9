# Mots des pages publiques.

skip = Aller au contenu
brand = Matrice de suivi des déplacements
language-name = Français
nav = Principale
nav-operations = Opérations
nav-api = API
nav-office = Se connecter
foot-what = Les chiffres sont des estimations issues d’informateurs clés et d’observations, relevées par cycles et vérifiées avant publication. Un chiffre peut être révisé ; toutes les versions restent disponibles.

# Messages, chacun lié à une condition.
message-rising = { $scale ->
    [one] { $n } personne est déplacée
    [million] { $n } de personnes sont déplacées
   *[plain] { $n } personnes sont déplacées
}, { $change } de plus qu’au cycle { $round }
message-falling = { $scale ->
    [one] { $n } personne est déplacée
    [million] { $n } de personnes sont déplacées
   *[plain] { $n } personnes sont déplacées
}, { $change } de moins qu’au cycle { $round }
message-steady = { $scale ->
    [one] { $n } personne est déplacée
    [million] { $n } de personnes sont déplacées
   *[plain] { $n } personnes sont déplacées
}, à peu près autant qu’au cycle { $round } (écart : { $change })
message-counted = { $scale ->
    [one] { $n } personne est déplacée
    [million] { $n } de personnes sont déplacées
   *[plain] { $n } personnes sont déplacées
}
message-nobody-found = Aucune personne déplacée n’a été trouvée
message-hidden = Le nombre de personnes déplacées est masqué pour les protéger
message-nothing = Pas de décompte des personnes déplacées dans ce cycle
message-outside-sites = Plus de la moitié des personnes déplacées, { $share }, vivent hors des sites, en communauté d’accueil
message-on-sites = Plus de la moitié des personnes déplacées, { $share }, vivent sur des sites
message-one-area = { $name } accueille { $share } des personnes déplacées
message-children = { $share } des personnes d’âge connu ont moins de 18 ans
message-females = { $share } des personnes de sexe connu sont des femmes et des filles
message-one-reason = { $name } : la raison de { $share } des déplacements
message-one-origin = { $name } : l’origine de { $share } des personnes déplacées
message-carried = { $share } du total est reporté d’un cycle antérieur, pour des lieux non évalués dans celui-ci

hero-dates = { $round } · collecte { $collected } · chiffres au { $reported }
hero-version = Version { $version }, publiée le { $date }
newer-version = Vous lisez une version antérieure de ce cycle. La plus récente est la version { $version }
newer-round = Il existe un cycle plus récent : { $round }

keys = Chiffres clés
since = { $change } depuis { $round }
share-of-displaced = { $share } des personnes déplacées
key-reached = Lieux atteints
key-reached-of = { $share } des { $planned } prévus
key-carried = Reporté de cycles antérieurs
key-carried-places = { $n ->
    [one] { $n } lieu non évalué
   *[other] { $n } lieux non évalués
}

in-brief = En bref
documents = Données et documents
get = Télécharger
get-factsheet = Fiche d’information (PDF)
get-factsheet-what = deux pages à imprimer ou à envoyer
beside = Pages de cette opération
component-flows = Suivi des flux
component-events = Urgences
component-needs = Besoins des ménages
get-report = Rapport
get-report-what = à lire ici, ou en PDF, Word et PowerPoint
get-xlsx = Classeur (Excel)
get-xlsx-what = tous les tableaux, avec un dictionnaire
get-csv = Jeu de données (CSV, HXL)
get-csv-what = une ligne par zone, raison et origine
get-geojson = Zones (GeoJSON)
get-geojson-what = contours et chiffres

figure-map = Où se trouvent les personnes déplacées
figure-map-desc = Carte des personnes déplacées par zone. Les chiffres les plus élevés : { $list }.
figure-areas = Personnes déplacées par zone
figure-trend = Personnes déplacées au fil des cycles
figure-reasons = Raisons du déplacement
figure-sex-age = Sexe et âge des personnes déplacées
figure-origins = D’où et vers où
figure-flows = Mouvements aux points de suivi des flux
figure-displacement = Déplacement par zone, raison et origine
figure-places = Lieux évalués
figure-from = Partis de
figure-to = Présents à

provinces = Zones de premier niveau
ranking = Où sont la plupart des personnes déplacées
ranking-caption = Personnes déplacées internes par zone, { $date }
ranking-more = { $n ->
    [one] Afficher { $n } zone de plus
   *[other] Afficher { $n } zones de plus
}
col-rank = Rang
col-area = Zone
col-idp = Personnes déplacées
col-share = Part
col-change = Évolution
col-households = Ménages
col-round = Cycle
col-collected = Collecte
col-reached = Lieux atteints
col-version = Version
change-new = nouveau

states = Comment lire les chiffres :
state-carried-any = Une partie est reportée d’un cycle antérieur

flows-caveat = Observé aux points pendant la présence des observateurs. Jamais un total de tous les mouvements.
flows-observed = { $persons } personnes observées à { $points ->
    [one] { $points } point
   *[other] { $points } points
}, { $dates }
flows-a-day = { $n } par jour en moyenne

emergency-point = Urgence, { $dates } : { $scale ->
    [one] { $n } personne déplacée
   *[other] { $n } personnes déplacées
} ({ $place })
emergency-areas = { $n } zones de premier niveau
emergency-places = { $n ->
    [one] rapporté depuis { $n } lieu
   *[other] rapporté depuis { $n } lieux
}
emergency-total = Toutes les zones
emergency-more = { $n ->
    [one] { $n } autre zone figure dans les données
   *[other] { $n } autres zones figurent dans les données
}
emergency-reason = { $n ->
    [one] Raison
   *[other] Raisons
}
emergency-caveat = Compté rapidement après un événement, entre deux cycles : à ne pas additionner aux chiffres d’un cycle.

rounds = Cycles
rounds-caption = Tous les cycles publiés, du plus récent au plus ancien

method = Comment ces chiffres ont été établis
method-tool = Outil
method-collected = Collecte
method-coverage = Couverture
method-coverage-what = { $reached } des { $planned } lieux prévus ont été évalués.
method-carried = Reports
method-carried-what = { $n ->
    [0] Tous les chiffres ont été collectés dans ce cycle.
    [one] { $n } lieu n’a pas été évalué dans ce cycle ; son dernier décompte est maintenu et marqué comme reporté.
   *[other] { $n } lieux n’ont pas été évalués dans ce cycle ; leurs derniers décomptes sont maintenus et marqués comme reportés.
}
method-protection = Protection
method-protection-what = Politique « { $policy } » : moins de { $persons } personnes ou { $households } ménages ne sont pas montrés, ni aucun nombre qui permettrait de les déduire.
method-already-public = Ces chiffres ont déjà été publiés par { $source } et sont repris tels quels.
method-ranges = Bas et haut
method-ranges-what = La fourchette à côté d’un nombre est celle où se trouve le vrai nombre quatre fois sur cinq. Dans chaque lieu, elle vient de la crédibilité des sources et de leur écart ; un lieu à source unique est supposé se tromper d’un quart. Les erreurs de lieux différents sont supposées sans lien : la fourchette d’une zone est la racine de la somme de leurs carrés, plus étroite que tous les bas et tous les hauts réunis. Le bas et le haut sont arrondis en s’éloignant du nombre, et omis là où ils trahiraient un nombre masqué.
method-limits = Limites
method-limits-what = Les nombres sont des estimations d’informateurs clés, confirmées si possible. Les effectifs à des dates différentes ne s’additionnent pas. Les zones non évaluées sont montrées comme telles, et non comme zéro.
method-hidden = Masqués
method-licence = Licence
method-publisher = Publié par
method-more = Couverture, méthode et toutes les versions de ce cycle
hidden-few = { $n ->
    [one] { $n } nombre compte trop peu de personnes pour être montré
   *[other] { $n } nombres comptent trop peu de personnes pour être montrés
}
hidden-complementary = { $n ->
    [one] { $n } nombre permettrait d’en déduire un autre, masqué
   *[other] { $n } nombres permettraient d’en déduire un autre, masqué
}
hidden-dominated = { $n ->
    [one] { $n } nombre provient presque entièrement d’un seul lieu
   *[other] { $n } nombres proviennent presque entièrement d’un seul lieu
}
hidden-class = { $n ->
    [one] { $n } colonne n’est pas destinée à ce public
   *[other] { $n } colonnes ne sont pas destinées à ce public
}

# La page d’un cycle
about-title = À propos du cycle { $round }
about-back = Chiffres de ce cycle
about-coverage = Couverture
about-planned = Lieux prévus
about-reached = Atteints dans ce cycle
about-carried = Reporté d’un cycle antérieur
about-missing = Sans aucun chiffre
about-versions = Versions
about-versions-caption = Toutes les versions de ce cycle, de la plus récente à la plus ancienne
about-published = Publiée
about-why = Motif
about-first = Première publication
about-changed = Chiffres modifiés
about-changes = Ce qui a changé dans la version { $version }
about-changes-none = Aucun chiffre par zone n’a changé.
about-changes-caption = Chiffres par zone qui diffèrent de la version { $version }
about-changes-more = { $n ->
    [one] et { $n } autre chiffre
   *[other] et { $n } autres chiffres
}
col-measure = Chiffre
col-before = Avant
col-after = Après
col-difference = Écart
about-areas-carried = Zones aux chiffres reportés
about-areas-carried-caption = Personnes déplacées dont le chiffre est reporté, par zone
col-carried = Dont reportés

# Accueil
home-title = Où sont les personnes déplacées
home-lead = La Matrice de suivi des déplacements compte les personnes déplacées et mobiles, lieu par lieu et cycle par cycle, et publie ce qu’elle sait et comment elle le sait.
home-operations = Opérations
home-none = Rien n’est encore publié.
home-none-what = Dès qu’un cycle est validé et diffusé, ses chiffres apparaissent ici.
home-rounds = { $n ->
    [one] { $n } cycle publié
   *[other] { $n } cycles publiés
}
home-as-of = Cycle { $round }, { $date }
home-what = Ce que sont les chiffres
home-what-1 = Chaque cycle évalue les lieux où vivent des personnes déplacées, auprès d’informateurs clés et par des visites.
home-what-2 = Chaque nombre peut être suivi jusqu’aux lieux et aux fiches dont il provient, par ceux qui peuvent les voir.
home-what-3 = Les petits nombres sont masqués afin que personne ne puisse être reconnu. Zéro, absence de données, masqué et repris sont toujours distingués.
home-api = Utiliser les données
home-api-what = Chaque chiffre a une adresse stable en CSV, JSON et SVG. Les programmes lisent les mêmes chiffres par l’API.
home-api-link = Comment appeler l’API

# Problèmes
problem-code = Code : { $code }
problem-home = Retour à la liste des opérations
not-found-title = Cette page n’existe pas
not-found-what = L’adresse est peut-être mal saisie, ou le cycle n’est pas encore publié. Les adresses publiées ne changent jamais.

# API
api-title = API
api-lead = Les chiffres de chaque cycle publié, dans la forme attendue par les clients de l’API DTM : dirigez un client existant vers cette adresse et il fonctionne.
api-key = Clé
api-key-what = Envoyez votre clé dans l’en-tête Ocp-Apim-Subscription-Key à chaque appel. Les clés sont fournies par le bureau de l’opération.
api-example = Un exemple
api-endpoints = Points d’accès
api-endpoints-caption = Points d’accès des API des déplacements et HNA ; majuscules et minuscules sont équivalentes
api-parameters = Paramètres
api-parameters-caption = Paramètres des points d’accès admin0, admin1 et admin2 ; l’un des trois premiers est obligatoire
api-col-path = Chemin
api-col-what = Ce qui est renvoyé
api-col-name = Nom
api-col-means = Sens
api-col-example = Exemple
api-country-list = Pays pour lesquels il y a des chiffres
api-operation-list = Opérations, actives ou non
api-admin0 = Chiffres du pays
api-admin1 = Chiffres par zone de premier niveau
api-admin2 = Chiffres par zone de deuxième niveau
api-v2-what = Les mêmes chemins de la version 2, sans raison, sexe ni origine
api-hna-country-list = Pays dont les besoins des ménages sont connus ; ces quatre chemins demandent une clé de leur propre produit
api-hna-catalog = Ce qu’on a demandé aux ménages et ce qu’ils pouvaient répondre : les colonnes du suivant
api-hna-admin2 = Besoins par zone de niveau 2 et groupe de population, page par page ; pays et année sont nécessaires, groupes et page possibles
api-hna-download = Un lien vers les mêmes lignes en classeur ; il vaut dix minutes, sans clé
api-p-operation = Nom de l’opération
api-p-country = Nom du pays
api-p-pcode0 = Code ISO 3166 du pays, trois lettres
api-p-pcode1 = Code d’une zone de premier niveau (admin1 et admin2)
api-p-pcode2 = Code d’une zone de deuxième niveau (admin2)
api-p-from-date = Chiffres à partir de ce jour
api-p-to-date = Chiffres jusqu’à ce jour
api-p-from-round = À partir de ce cycle
api-p-to-round = Jusqu’à ce cycle
api-sum = Comment additionner
api-sum-what = Un lieu et un cycle ont une ligne par raison et origine : additionnez les lignes d’un cycle pour obtenir son total. N’additionnez jamais les cycles : chacun compte les personnes déplacées à sa date.
api-envelope = La réponse
api-envelope-what = Les lignes sont dans result ; isSuccess dit si l’appel a réussi, errorMessages pourquoi non.
about-see-version = Lire cette version
about-errata = Ce qui a changé, en CSV
about-withdrawn = Retirée le { $date } : { $reason }
