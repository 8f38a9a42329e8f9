# Correspondances : quelle question alimente quel indicateur, et ce que deviennent ses mots.

mapping-title = Correspondance
mapping-all = Correspondances
mapping-tables = Tableaux importés
mapping-lead = Quelle question ou colonne alimente quel indicateur, et ce que deviennent ses réponses.
mapping-none-yet = Aucune version n’est encore gardée : ce qui est montré est une ébauche tirée des noms, étiquettes et libellés.
mapping-version-by = Version { $n }, { $by }, { $when }
mapping-by-draft = ébauchée par le programme
mapping-versions = Versions
mapping-download = Télécharger (TOML)
mapping-fact-fed = Indicateurs alimentés
mapping-fact-unfed = Indicateurs de base non alimentés
mapping-fact-used = Questions lues
mapping-fact-unused = Questions inutilisées
mapping-fact-open = Réponses non traduites
mapping-fact-problems = Problèmes
mapping-n-of = { $n } sur { $all }
mapping-no-forms = Pas encore de formulaire ni de tableau importé.
mapping-no-records = Aucun enregistrement n’est encore arrivé : les réponses seront comptées ensuite.
mapping-sample-all = Les réponses sont comptées dans { $n ->
    [one] le seul enregistrement
   *[other] les { $n } enregistrements
} du cycle { $label }.
mapping-sample-newest = Les réponses sont comptées dans { $n ->
    [one] l’enregistrement le plus récent
   *[other] les { $n } enregistrements les plus récents
} du cycle { $label }.
mapping-answers-hidden = Votre rôle ne montre qu’une partie des réponses : réponses et lignes sont omises ici.
mapping-problems = Ce qui ne convient pas
mapping-draft-shown = Ceci est une ébauche. Parcourez-la, essayez-la, puis gardez-la.
mapping-unsaved = Ces modifications ne sont pas encore gardées.
mapping-nothing-changed = Rien n’est modifié pour l’instant.
mapping-reason = Pourquoi (reste dans l’historique)
mapping-keep = Garder comme nouvelle version
mapping-discard = Abandonner les modifications
mapping-try = Essayer
mapping-no-reason = Dites pourquoi : cela reste dans l’historique.
mapping-refused = La correspondance n’est pas gardée : quelque chose n’y convient pas.
mapping-no-file = Il n’y avait pas de fichier texte lisible.
mapping-bad-age = Les âges s’écrivent 0, 1-5 ou 60+.
mapping-kept-since = Quelqu’un d’autre a gardé une autre version entre-temps : { $version } (« { $reason } »). Ce que vous avez modifié est toujours ici. Regardez ci-dessous ce que l’autre a changé ; si vous gardez la vôtre maintenant, elle prend la place de la sienne.
mapping-said-kept = La version { $n } est gardée. Les cycles ouverts sont consolidés avec elle en moins d’une minute.
mapping-said-same = Rien n’était différent : pas de nouvelle version.

mapping-trial = Ce qui en sortirait
mapping-tried-all = Essayée sur { $n ->
    [one] le seul enregistrement
   *[other] les { $n } enregistrements
} du cycle { $label } ; rien n’est gardé.
mapping-tried-newest = Essayée sur { $n ->
    [one] l’enregistrement le plus récent
   *[other] les { $n } enregistrements les plus récents
} du cycle { $label } ; rien n’est gardé.
mapping-rows-changed = { $n ->
    [0] Aucun enregistrement ne dit autre chose qu’avec la correspondance en vigueur.
    [one] Un enregistrement dit autre chose qu’avec la correspondance en vigueur.
   *[other] { $n } enregistrements disent autre chose qu’avec la correspondance en vigueur.
}
mapping-placed = Enregistrements dont le lieu et la date sont connus : { $before } avec la correspondance en vigueur, { $after } avec celle-ci.
mapping-figures = Chiffres du cycle
mapping-figures-settled = Ce sur quoi le cycle serait consolidé, avec tous ses formulaires, ses corrections et ses chiffres reportés.
mapping-figures-sums = Le cycle est trop grand pour être consolidé à l’essai : ce sont des sommes sur les enregistrements essayés.
mapping-keeps-figures = Le cycle est validé : il garde ses chiffres jusqu’à ce qu’une nouvelle version en soit faite.
mapping-no-figures = Rien n’est compté.
mapping-indicator = Indicateur
mapping-in-force = En vigueur
mapping-this-one = Celle-ci
mapping-unchanged = égal
mapping-from-area = origine : { $area }
mapping-from-nowhere = origine inconnue
mapping-notices = Ce qui est remarqué
mapping-noticed = Remarque
mapping-rows = Quelques enregistrements et ce qui en sort
mapping-row-changed = change
mapping-row-nothing = Rien n’est compté.
mapping-no-place = Enregistrement sans lieu connu

mapping-questions = Questions
mapping-list-all = Toutes
mapping-list-used = Lues
mapping-list-unused = Inutilisées
mapping-search = Chercher une question
mapping-find = Chercher
mapping-no-questions = Aucune question ici.
mapping-type-number = nombre
mapping-type-date = date
mapping-type-position = position
mapping-type-one = choix unique
mapping-type-several = choix multiple
mapping-type-file = fichier
mapping-type-text = texte
mapping-type-column = colonne
mapping-in-repeat = posée plusieurs fois dans { $repeat }
mapping-personal = À diffusion restreinte ou sur des personnes : aucune réponse n’est montrée.
mapping-why-name = ébauché d’après son nom
mapping-why-hxl = ébauché d’après son étiquette HXL
mapping-why-label = ébauché d’après son libellé : à vérifier
mapping-why-hand = choisi à la main
mapping-take = Retirer
mapping-by-name = Non comptée, mais reconnue à son nom : { $indicator }
mapping-open = Modifier
mapping-open-question = Modifier ce qu’alimente { $question }
mapping-close = Fermer
mapping-give = Lui faire alimenter
mapping-read-as = Lire comme
mapping-choose = Choisir
mapping-core = De base pour { $tool }
mapping-of-place = Lieu et date
mapping-of-groups = Groupes de population
mapping-of-voices = Qui nous l’a dit, et ménages échantillonnés
mapping-reliability-low = faible
mapping-reliability-medium = moyenne
mapping-reliability-high = élevée
mapping-counts-of-people = Autres comptes de personnes
mapping-other-numbers = Autres nombres
mapping-count-of = Pour un compte, dites qui est compté ; sans groupe, le groupe habituel de l’indicateur est retenu.
mapping-group = Groupe
mapping-sex = Sexe
mapping-everybody = tout le monde
mapping-age = Âges
mapping-add = Ajouter
mapping-take-over = Appliquer

mapping-words = Les réponses et ce qu’elles deviennent
mapping-words-what = Ce que personne n’a traduit vient en premier. Choisissez un mot, appliquez, essayez, puis gardez.
mapping-open-n = { $n ->
    [one] une réponse non traduite
   *[other] { $n } réponses non traduites
} (× { $records })
mapping-blank-n = { $n ->
    [0] Répondu dans chaque enregistrement.
    [one] Un enregistrement ne répond rien.
   *[other] { $n } enregistrements ne répondent rien.
}
mapping-areas-n = { $n ->
    [one] Une réponse nomme une zone telle qu’elle s’appelle.
   *[other] { $n } réponses nomment des zones telles qu’elles s’appellent.
}
mapping-more-answers = { $n ->
    [one] Une autre réponse n’est pas listée.
   *[other] { $n } autres réponses ne sont pas listées.
}
mapping-answer = Réponse
mapping-met = Enregistrements
mapping-becomes = Devient
mapping-open-answer = ouverte
mapping-not-translated = non traduite
mapping-always = Chaque lieu est
mapping-otherwise = Les réponses non traduites deviennent
mapping-blank = L’absence de réponse devient
mapping-nothing = rien
mapping-fold-case = sans égard aux majuscules
mapping-fold-blanks = sans égard aux espaces
mapping-fold-accents = sans égard aux accents
mapping-kind-site = site
mapping-kind-host-community = communauté hôte
mapping-kind-flow-point = point de suivi des flux
mapping-presence-yes = oui, présent
mapping-presence-no = non, absent

mapping-unfed = Indicateurs de base que rien n’alimente
mapping-unfed-what = Une question le demande peut-être sous un autre nom : trouvez-la ci-dessus et faites-lui alimenter l’indicateur. Tous les formulaires ne demandent pas tout.
mapping-all-fed = Chaque indicateur de base de cet outil est alimenté ou demandé par son nom.
mapping-unfed-other = De base pour d’autres outils
mapping-settings = Autres réglages
mapping-name = Nom de la correspondance
mapping-date-otherwise = Date d’évaluation là où aucune n’est répondue
mapping-without-ssid = Là où aucun identifiant du lieu n’est répondu, sa zone et son nom en tiennent lieu
mapping-only-as-reported = Hommes et femmes seulement tels que rapportés, sans les sommes des cellules de sexe et d’âge
mapping-as-text = En texte, pour experts
mapping-text-what = La correspondance telle qu’elle est gardée (TOML). Ce qui est saisi ici compte ; les commentaires restent tant que rien n’est modifié plus haut.
mapping-toml = Correspondance (TOML)
mapping-look = Regarder ce que j’ai saisi
mapping-draft-anew = Refaire une ébauche
mapping-bring = Apporter un fichier
mapping-file = Correspondance (fichier TOML)
mapping-bring-do = La montrer ici

mapping-compare = Comparer
mapping-compare-from = De la version
mapping-compare-to = À la version
mapping-between = De la version { $from } à la version { $to }
mapping-no-differences = Elles disent la même chose.
mapping-what-changed = Ce qu’elle a changé
mapping-more-changes = { $n ->
    [one] et une autre
   *[other] et { $n } autres
}
mapping-return = Revenir à la version { $n }
