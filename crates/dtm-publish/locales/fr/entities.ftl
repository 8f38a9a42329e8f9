# Listes d’entités au bureau.
office-lists = Listes d’entités
office-lists-what = Ce que les formulaires enregistrent puis retrouvent : sites, ménages, informateurs. Les téléphones reçoivent les listes que lisent leurs formulaires.
office-lists-none = Aucune liste pour l’instant. Un formulaire qui enregistre des entités en crée une à sa publication.
office-list-new = Nouvelle liste
office-list-name = Nom, tel que les formulaires l’écrivent (lettres, chiffres, _ et -)
office-list-name-bad = Un nom commence par une lettre et n’a que des lettres, des chiffres, _ et -.
office-list-taken = Une liste de ce nom existe déjà, peut-être avec d’autres majuscules.
office-list-content = Contenu
office-list-properties = Propriétés
office-list-entities = { $n ->
    [one] { $n } entité
   *[other] { $n } entités
}
office-list-conflicts = { $n ->
    [one] { $n } conflit
   *[other] { $n } conflits
}
office-list-pending = { $n ->
    [one] { $n } soumission attend son approbation
   *[other] { $n } soumissions attendent leur approbation
}
office-list-held = { $n ->
    [one] { $n } mise à jour hors ligne en attend une plus ancienne
   *[other] { $n } mises à jour hors ligne en attendent de plus anciennes
}
office-list-search = Le libellé commence par
office-list-show = Afficher
office-list-all = Toutes les entités
office-list-clashing = Celles en conflit
office-list-trash = La corbeille
office-list-property = Propriété
office-list-value = Valeur
office-list-values = Valeurs
office-list-find = Chercher
office-list-none-here = Aucune entité ici.
office-list-download = Télécharger en CSV pour un tableur
office-list-troubles = Soumissions qui n’ont pas pu être suivies
office-list-troubles-what = Ces soumissions sont enregistrées ; seules leurs entités n’ont pas été créées ou modifiées.
office-list-upload = Ajouter depuis un fichier
office-list-upload-what = Un fichier CSV avec une colonne « label » et une colonne par propriété. Toutes les lignes sont ajoutées, ou aucune s’il y a un problème.
office-list-file = Fichier CSV
office-list-check-only = Vérifier seulement, ne rien ajouter
office-list-checked = { $n ->
    [one] Aucun problème : { $n } entité peut être ajoutée.
   *[other] Aucun problème : { $n } entités peuvent être ajoutées.
}
office-list-added = { $n ->
    [one] { $n } entité ajoutée.
   *[other] { $n } entités ajoutées.
}
office-list-problems = { $n ->
    [one] Le fichier a { $n } problème ; rien n’a été ajouté.
   *[other] Le fichier a { $n } problèmes ; rien n’a été ajouté.
}
office-list-not-csv = Le fichier n’est pas lisible comme CSV en UTF-8.
office-list-no-label = Le fichier n’a pas de colonne « label ».
office-list-no-property = La liste n’a pas de propriété « { $name } ».
office-list-file-empty = Le fichier n’a pas de lignes.
office-list-too-long = Un fichier peut apporter { $n } entités au plus.
office-list-row-unreadable = La ligne { $row } est illisible.
office-list-row-width = La ligne { $row } a plus ou moins de cellules que la première.
office-list-row-label = La ligne { $row } n’a pas de libellé.
office-list-row-id = La ligne { $row } a un identifiant qui n’est pas un UUID de version 4.
office-list-settings = Réglages
office-list-approval = Les soumissions ne créent des entités qu’une fois approuvées
office-list-owner = Un téléphone ne voit que les entités qu’il a créées
office-list-access = Un téléphone reçoit les entités dont « { $property } » égale sa propre propriété « { $own } ».
office-list-indexed = Chercher par elle
office-list-unique = Pas deux pareilles
office-list-save = Enregistrer
office-list-saved = Enregistré.
office-entity-label = Libellé
office-entity-version = Version
office-entity-versions = Versions
office-entity-now = Maintenant
office-entity-save = Enregistrer comme nouvelle version
office-entity-saved = Enregistré comme nouvelle version.
office-entity-no-label = Le libellé ne peut pas être vide.
office-entity-soft = Conflit possible
office-entity-hard = Conflit
office-entity-conflict-what = Une mise à jour a été faite sur une version antérieure à la version actuelle. Regardez les versions ci-dessous, corrigez les valeurs au besoin, puis réglez le conflit.
office-entity-resolve = Régler le conflit
office-entity-settled = Le conflit est réglé.
office-entity-settled-since = réglé
office-entity-changed = Ce qui a changé
office-entity-before = Avant
office-entity-after = Après
office-entity-delete = Mettre à la corbeille
office-entity-delete-what = Les téléphones la perdent à la prochaine mise à jour. Elle peut être restaurée pendant 30 jours.
office-entity-deleted = Mise à la corbeille.
office-entity-in-trash = Cette entité est dans la corbeille.
office-entity-restore = Restaurer
office-entity-restored = Restaurée.
office-list-narrowed = Seul est montré ce qui se trouve dans les zones qui vous ont été confiées.
office-list-who = Qui reçoit quoi
office-list-who-all = Chaque téléphone qui remplit un formulaire avec cette liste la reçoit en entier.
office-list-who-first = Pour donner à chaque téléphone une partie de la liste, ajoutez d’abord une propriété des téléphones, par exemple la zone où travaille une équipe :
office-list-who-property = Propriété de la liste
office-list-who-everybody = Chaque téléphone reçoit tout
office-list-who-own = égale cette propriété du téléphone
office-list-area = Où se trouvent les entités
office-list-area-what = La propriété qui contient le p-code d’une zone. Les personnes à qui certaines zones ont été confiées ne voient que les entités qui s’y trouvent ; une entité dont le p-code est inconnu ne se trouve nulle part.
office-list-area-property = Propriété avec le p-code
office-list-area-none = Aucune : qui n’a que certaines zones ne voit rien
office-list-indexed-what = Une longue liste est aussi triée sans attente par une propriété qui sert à trouver.
office-phone-properties = Propriétés
office-phone-properties-what = C’est par elles que les listes d’entités décident quel téléphone reçoit quelles entités. Chaque téléphone a ses propres valeurs.
office-phone-properties-save = Enregistrer les propriétés
office-phone-properties-saved = Les propriétés du téléphone sont enregistrées.
office-phone-property-name = Nom d’une propriété (lettres, chiffres, _ et -)
office-phone-property-add = Ajouter une propriété
office-phone-property-added = Les téléphones ont une nouvelle propriété.
office-phone-property-bad = Une propriété commence par une lettre et n’a que des lettres, des chiffres, _ et -.
office-phone-property-taken = Les téléphones ont déjà une propriété de ce nom.
