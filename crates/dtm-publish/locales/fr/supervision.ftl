# Le travail des enquêteurs et des équipes, et ce qu’on écrit aux équipes.

supervise-title = Supervision
supervise-lead = Comment le travail de chaque enquêteur et de chaque équipe se présente à côté de celui des autres dans ce cycle. Un nombre qui se détache est une question à poser, pas une réponse : un secteur difficile, un nouvel enquêteur et un entretien inventé peuvent se ressembler d’ici.
supervise-work = Travail
supervise-by-enumerator = Par enquêteur
supervise-by-team = Par équipe
supervise-period = Jours
supervise-last-day = Dernier jour
supervise-week = 7 derniers jours
supervise-whole-round = Tout le cycle
supervise-choose = Un autre jour ou formulaire
supervise-form = Formulaire
supervise-on = Jour
supervise-counted = { $days } : { $counted } fiches comptées sur { $all }
supervise-counted-newest = { $days } : { $counted } fiches comptées sur { $all }. Seules les { $most } plus récentes du cycle sont regardées.
supervise-no-role = Le formulaire ne dit pas qui a interrogé : chaque téléphone tient lieu d’enquêteur. La question qui nomme l’enquêteur se choisit sur la page des contrôles du formulaire.
supervise-none = Aucun entretien ces jours-là.
supervise-what = Sous chaque valeur figurent l’effectif sur lequel elle est prise et ce qui est habituel dans le cycle : la médiane de ceux qui ont { $least } entretiens ou plus. Qui en a moins n’est pas comparé, ni personne où moins de { $others } peuvent l’être.
supervise-who = Enquêteur
supervise-nobody = Non précisé
supervise-person = Enquêteur { $n }
supervise-people = Enquêteurs
supervise-interviews = Entretiens
supervise-days = Jours
supervise-days-n =
    { $n ->
        [one] en un jour
       *[other] en { $n } jours
    }
supervise-usual = Habituel ici
supervise-usually = d’habitude { $usual }
supervise-of = sur
supervise-beside = Face à l’habituel
supervise-beside-too-few = trop peu pour comparer
supervise-beside-few-others = trop peu d’autres pour comparer
supervise-beside-usual = comme d’habitude
supervise-beside-more = plus que d’habitude ici
supervise-beside-much-more = beaucoup plus que d’habitude ici
supervise-beside-less = moins que d’habitude ici
supervise-beside-much-less = beaucoup moins que d’habitude ici
supervise-n-of = { $n } sur { $of }
supervise-n-of-interviews = { $n } sur { $of } entretiens
supervise-n-of-answers = { $n } sur { $of } réponses
supervise-of-interviews =
    { $count ->
        [one] sur un entretien
       *[other] sur { $of } entretiens
    }
supervise-of-days =
    { $count ->
        [one] sur un jour
       *[other] sur { $of } jours
    }
supervise-of-answers =
    { $count ->
        [one] sur une réponse
       *[other] sur { $of } réponses
    }
supervise-of-ways =
    { $count ->
        [one] sur un trajet
       *[other] sur { $of } trajets
    }
supervise-minutes = { $n } min
supervise-metres = { $n } m
supervise-kilometres = { $n } km
supervise-look = À regarder
supervise-look-what = Ce qui se détache du reste du cycle, ce que cela peut vouloir dire, l’anodin d’abord, et quoi demander. Dans l’ordre du tableau, qui n’est pas un classement.
supervise-look-more =
    { $n ->
        [one] Un autre figure dans le tableau.
       *[other] { $n } autres figurent dans le tableau.
    }
supervise-apart = { $measure } : { $value } ({ $of }), { $beside } ({ $usual })
supervise-may-mean = Peut-être : { $meaning }
supervise-coverage = Lieux prévus
supervise-visited = Visités
supervise-not-visited = Non visités
supervise-open = En attente
supervise-why-n = { $why } : { $n }
supervise-late-n = { $n } en retard
supervise-messages = Messages aux équipes
supervise-messages-what = Quelques mots sur ce qu’il faut regarder ou ce qui change dans le plan. Ils figurent sur la page de l’équipe et sur sa feuille du jour, et partent par courriel aux adresses de l’équipe. ODK Collect n’affiche pas de messages d’un serveur : les téléphones ne les reçoivent pas.
supervise-to = À
supervise-to-all = Toutes les équipes
supervise-to-gone = Une équipe supprimée
supervise-text = Message
supervise-write = Écrire
supervise-no-message = Rien n’a été écrit aux équipes de ce cycle.
supervise-withdraw = Retirer
supervise-restore = Rétablir
supervise-withdrawn = Retirés
supervise-withdrawn-by = retiré par { $who }, { $when }
supervise-not-written = Le message n’a pas été écrit
supervise-message-mistake = Un message compte entre un et { $most } caractères.
supervise-said-written =
    { $n ->
        [0] Le message est écrit. Aucune équipe n’a d’adresse, ou ce serveur n’envoie pas de courriel.
        [one] Le message est écrit, et un courriel le porte.
       *[other] Le message est écrit, et { $n } courriels le portent.
    }
supervise-said-withdrawn = Le message est retiré. Les courriels déjà partis ne sont pas rappelés.
supervise-said-restored = Le message est rétabli.
supervise-too-few = Moins de { $least } entretiens ces jours-là : ils sont comptés, et non comparés.
supervise-measure = Mesure
supervise-value = Valeur
supervise-by-day = Entretiens par jour
supervise-by-day-what = Une colonne par jour, du premier entretien au dernier.
supervise-by-minutes = Entretiens par durée
supervise-by-minutes-what = Combien ont duré combien de temps, du début à la fin notés par le téléphone.
supervise-from-to = { $from } à { $to } min
supervise-from-on = { $from } min et plus
supervise-map = Où ils ont eu lieu
supervise-map-what = Les entretiens qui se couvriraient forment un point plus grand, avec leur nombre.
supervise-one-interview = Entretien
supervise-placed = { $n } entretiens sur { $of } ont une position.
supervise-pairs = Les plus semblables
supervise-pairs-what = Entretiens de cet enquêteur plus semblables entre eux que presque toute paire d’enquêteurs différents du cycle. Des voisins qui vivent de même en donnent aussi.
supervise-pair = { $n } réponses sur { $of } diffèrent
supervise-other = l’autre
supervise-when = Quand
supervise-took = Durée
supervise-to-ask = À demander
supervise-sheet = Feuille du jour
supervise-sheet-what = Une page A4 par équipe, à imprimer depuis le navigateur : où aller, ce qui est arrivé la veille, quoi demander, et de la place pour écrire.
supervise-sheet-phones = Avec les numéros de téléphone pour les rappels (le papier se perd : seulement s’il le faut)
supervise-sheet-no-team = Il n’y a pas d’équipe pour laquelle imprimer une feuille. Les équipes se créent sur la page des équipes de l’opération.
supervise-sheet-done = { $n } lieux sur { $of } évalués ou expliqués
supervise-sheet-today = À visiter aujourd’hui ou en retard
supervise-sheet-none-today = Aucun lieu prévu n’est à visiter.
supervise-sheet-visited = Visité
supervise-sheet-why-not = Sinon, pourquoi
supervise-sheet-next = Ensuite
supervise-sheet-came = Ce qui est arrivé le { $day }
supervise-sheet-none-came = Rien n’est arrivé ce jour-là.
supervise-sheet-minutes = Minutes (médiane)
supervise-sheet-ask = À demander
supervise-sheet-none-ask = Aucun contrôle n’attend de réponse.
supervise-sheet-notes = Notes
supervise-sheet-more =
    { $n ->
        [one] et un autre
       *[other] et { $n } autres
    }
supervise-sheet-more-asks =
    { $n ->
        [one] Une autre figure sur la liste de rappel.
       *[other] { $n } autres figurent sur la liste de rappel.
    }
teams-addresses = Adresses de courriel (facultatif)
teams-addresses-what = Où l’équipe lit ce qu’on lui écrit, séparées par des espaces.
teams-bad-address = « { $address } » n’est pas une adresse de courriel, ou est de trop.
mail-team-subject = À l’équipe { $team } : cycle { $round }, { $operation }
mail-team-body =
    { $text }

    Écrit à l’équipe { $team }, cycle { $round } de { $operation }. Cela figure aussi sur votre feuille du jour.
    { $link }
