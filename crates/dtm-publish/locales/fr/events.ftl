# Événements d’urgence : rapports réunis, alertes, décisions.

events-title = Événements
events-lead = Ce que les formulaires de suivi des urgences rapportent entre les cycles. Un événement explique une partie du changement d’un cycle ; il ne s’ajoute jamais à un stock.
events-event = Événement
events-none = Aucun événement ne correspond. Les rapports d’un formulaire de suivi des urgences deviennent des événements quelques secondes après leur arrivée.
events-state-open = Ouverts
events-state-closed = Clos
events-state-all = Tous
events-list-open = Événements ouverts
events-list-closed = Événements clos
events-list-all = Tous les événements
events-in = Événements : { $area }
events-closed = clos
events-best = Personnes déplacées
events-low = Dont vérifiées
events-high = Au plus
events-range = { $low } – { $high }
events-range-what = Personnes : le dernier rapport de chaque lieu, les lieux additionnés. Le nombre inférieur ne compte que ce qu’un réviseur a approuvé ; le nombre supérieur prend pour chaque lieu le rapport le plus élevé.
events-households = Ménages
events-places = Lieux
events-reports = Rapports
events-persons = Personnes
events-cause = Cause
events-where = Lieu de l’événement
events-when = Quand
events-known = Ce que l’on sait
events-timeline = Chronologie
events-day = Jour
events-by-then = Personnes connues alors
events-chart = Personnes connues à la fin de chaque jour
events-chart-what = { $event } : le nombre de personnes déplacées connu à la fin de chaque jour avec un rapport. Les mêmes nombres figurent dans le tableau ci-dessous.
events-came-to = Où les personnes sont arrivées
events-last-report = Dernier rapport
events-happened = Survenu
events-source = Connu par
events-checked = vérifié
events-unchecked = non vérifié
events-reports-n =
    { $n ->
        [one] un rapport
       *[other] { $n } rapports
    }
events-unchecked-n =
    { $n ->
        [one] un non vérifié
       *[other] { $n } non vérifiés
    }
events-unchecked-long =
    { $n ->
        [one] Un rapport n’est pas encore vérifié : ouvrez-le ci-dessous et évaluez-le.
       *[other] { $n } rapports ne sont pas encore vérifiés : ouvrez-les ci-dessous et évaluez-les.
    }
events-all-checked = Tous les rapports sont vérifiés.
events-place-unregistered = { $name } (non enregistré)
events-place-area = Zone seulement
events-by-area = Où les personnes sont arrivées, par zone
events-came = Personnes
events-came-unchecked = Dont non vérifiées
events-never-added = Ces nombres sont à côté des chiffres des cycles et n’en font pas partie.
events-alerts = Alertes
events-alert-open = ouverte
events-alert-seen = prise en charge
events-alert-see = Je m’en suis chargé
events-alert-unsee = Rouvrir
events-alerts-n =
    { $n ->
        [one] Une alerte dont personne ne s’est chargé
       *[other] { $n } alertes dont personne ne s’est chargé
    }
events-decide = Décider
events-name = Nom
events-name-what = Sans nom, il est désigné par sa cause et sa zone.
events-name-do = Enregistrer le nom
events-merge = Cet événement et
events-merge-what = ne font qu’un. Leurs rapports restent ensemble, quoi qu’il arrive ensuite ; cela peut être annulé.
events-merge-do = N’en faire qu’un
events-split = Faire un événement des rapports cochés
events-split-what = Cochez les rapports qui parlent d’autre chose.
events-close = Clore l’événement
events-close-what = Un événement clos ne déclenche plus d’alerte. Ses rapports et ses chiffres restent.
events-close-why = Pourquoi il est terminé
events-reopen = Rouvrir
events-reopen-why = Pourquoi il continue
events-decided = Décisions
events-undo = Annuler
events-undone = Annulé :
events-did-named = Nommé « { $name } »
events-did-unnamed = Nom retiré
events-did-merged =
    { $n ->
        [one] Réuni avec un autre événement
       *[other] Réuni avec un autre événement : { $n } rapports ensemble
    }
events-did-split =
    { $n ->
        [one] Un rapport mis à part
       *[other] { $n } rapports mis à part
    }
events-did-closed = Clos. { $reason }
events-did-reopened = Rouvert. { $reason }
events-said-named = Le nom est enregistré.
events-said-merged = Les deux événements n’en font plus qu’un.
events-said-split = Les rapports cochés forment un événement à part.
events-said-closed = L’événement est clos.
events-said-reopened = L’événement est de nouveau ouvert.
events-said-undone = La décision est annulée.
events-said-seen = L’alerte est marquée comme prise en charge.
events-said-unseen = L’alerte est de nouveau ouverte.
events-said-rules = Les règles sont enregistrées ; les événements sont réunis selon elles.
events-rules = Seuils et regroupement
events-rules-what = Une alerte est déclenchée en quelques secondes quand un événement atteint un nombre, une fois pour chacun. Les rapports comptent dès leur arrivée, vérifiés ou non.
events-rules-standard = Revenir aux seuils habituels
events-rule-measured = Ce qui est compté
events-rule-steps = Alerter à
events-rule-days = En jours
events-rule-cause = Seulement cette cause
events-rule-area = Seulement cette zone (p-code)
events-rule-add = Ajouter un seuil
events-rule-save = Enregistrer
events-rule-drop = Retirer
events-rule-number = Écrivez des nombres entiers sans séparateurs, avec des espaces entre eux.
events-rule-measure = Choisissez ce qui est compté.
events-measure-persons = Personnes déplacées
events-measure-households = Ménages déplacés
events-measure-places = Lieux d’arrivée
events-measure-reports = Rapports reçus
events-measure-new-persons = Personnes de plus en quelques jours
events-grouping = Comment les rapports sont réunis
events-grouping-what = Les rapports d’une même cause, à quelques jours près et dans une même zone ou proches l’un de l’autre, forment un événement ; ce que vous avez décidé sur la page d’un événement passe d’abord.
events-grouping-days = Jours entre deux rapports, au plus
events-grouping-level = Niveau de la zone
events-grouping-near = Mètres entre les lieux de deux zones, au plus
events-beside = Événements depuis le cycle { $label }
events-beside-what = Ce que les événements ont rapporté, à côté du changement des chiffres. Rien n’en est ajouté.
events-reported = Rapporté
events-explained = Expliqué
events-residual = Changement non expliqué
events-not-found = Rapporté, non retrouvé
events-beside-nothing = non compté de nouveau
events-mails = Qui reçoit les alertes par courriel
events-mails-what = Le courriel dit quel événement, quel seuil et les nombres avec leur fourchette ; rien sur des personnes ou des lieux précis.
events-mails-off = Ce serveur n’envoie pas de courriel ; les adresses sont gardées pour le jour où il le fera.
events-mail-address = Adresse électronique
events-mail-lang = Langue
events-mail-add = Ajouter
mail-alert-subject = { $operation } : { $event } – { $alert }
mail-alert-body =
    { $event }
    { $alert }

    Personnes déplacées : { $best } selon les derniers rapports ; { $low } vérifiées, { $high } au plus.
    Ces nombres sont à côté des chiffres des cycles et n’en font pas partie.

    { $link }
