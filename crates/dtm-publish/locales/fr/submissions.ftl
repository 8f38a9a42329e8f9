# Les soumissions dans le bureau : liste, revue, versions, fichiers.
office-sub-n = { $n ->
    [0] Aucune
    [one] { $n } soumission
   *[other] { $n } soumissions
 }
office-sub-received = reçue
office-sub-has-issues = à revoir
office-sub-edited = modifiée
office-sub-approved = approuvée
office-sub-rejected = rejetée
office-sub-state = Revue
office-sub-round = Cycle
office-sub-all = Tout
office-sub-any = Toute question
office-sub-answer-to = Question
office-sub-answer-is = Réponse
office-sub-mine = À revoir par moi
office-sub-in-trash = Dans la corbeille
office-sub-filter = Filtrer
office-sub-filter-do = Afficher
office-sub-filter-none = Tout afficher
office-sub-none = Rien n’a encore été envoyé pour ce formulaire.
office-sub-none-fit = Aucune soumission ne correspond.
office-sub-tick = Cocher
office-sub-ticked = Celles cochées :
office-sub-from = De
office-sub-newest = Les plus récentes
office-sub-older = Plus anciennes
office-sub-missing = { $n ->
    [one] { $n } fichier manquant
   *[other] { $n } fichiers manquants
 }
office-sub-rule = Ce qui compte dans les chiffres
office-sub-rule-all = Chaque soumission compte, sauf si elle est rejetée.
office-sub-rule-approved = Seules les soumissions approuvées comptent.
office-sub-rule-set-all = Compter tout ce qui n’est pas rejeté
office-sub-rule-set-approved = Ne compter que les approuvées
office-sub-rule-saved = Enregistré. Recalculez le cycle pour voir l’effet.
office-sub-reviewed = { $n ->
    [one] { $n } soumission a été revue.
   *[other] { $n } soumissions ont été revues.
 }
office-sub-review = Revue
office-sub-reviewer = Chargé de la revue
office-sub-nobody = Personne encore
office-sub-assign-do = Enregistrer
office-sub-assigned = La personne chargée de la revue est enregistrée.
office-sub-comment = Commentaire
office-sub-comments = Commentaires
office-sub-no-comments = Personne n’a rien écrit.
office-sub-comment-do = Écrire
office-sub-commented = Votre commentaire est enregistré.
office-sub-no-comment = Écrivez d’abord quelque chose.
office-sub-versions = Versions
office-sub-version-first = Première version
office-sub-version-edit = Modification
office-sub-version-current = la plus récente
office-sub-changed = { $n ->
    [0] rien n’a changé
    [one] { $n } changement
   *[other] { $n } changements
 }
office-sub-was = Avant
office-sub-is = Après
office-sub-turn = un tour
office-sub-file-missing = pas encore arrivé
office-sub-file-extra = arrivé avec l’envoi ; le formulaire ne le nomme pas
office-sub-history = Historique
office-sub-trash-do = Mettre à la corbeille
office-sub-trash-what = Elle ne compte alors plus nulle part. On peut la reprendre pendant 30 jours ; ensuite elle est supprimée pour de bon.
office-sub-trashed = Elle est dans la corbeille.
office-sub-trashed-until = Dans la corbeille depuis le { $at }. Supprimée pour de bon 30 jours plus tard.
office-sub-restore = La reprendre
office-sub-restored = Elle est de retour.
office-sub-back-in = Reprendre l’enregistrement
office-sub-was-back-in = L’enregistrement a été repris
office-sub-in-turn = { $label }, { $turn }
office-sub-no-round = Elle n’appartient à aucun cycle : elle ne compte dans aucun chiffre et n’a pas de journal de nettoyage. On peut la modifier.
office-sub-draft = Elle essaie un formulaire qui n’est pas encore publié et ne compte nulle part.
office-sub-act-received = arrivée
office-sub-act-edited = modifiée
office-sub-act-reviewed = revue
office-sub-act-assigned = confiée à une personne
office-sub-act-commented = commentée
office-sub-act-files = fichiers modifiés
office-sub-act-deleted = mise à la corbeille
office-sub-act-restored = reprise de la corbeille
office-sub-act-seen = consultée
office-sub-none-ticked = Cochez d’abord au moins une soumission.
office-sub-review-undone = { $n ->
    [0] Rien n’a pu être annulé : c’était il y a trop longtemps, ou autre chose a été fait depuis.
    [one] Annulé : { $n } soumission est comme avant.
   *[other] Annulé : { $n } soumissions sont comme avant.
 }
office-sub-tick-all = Cocher toute la page
office-sub-tick-none = Ne rien cocher
office-sub-do-approve = Approuver
office-sub-do-issues = À revoir
office-sub-do-reject = Rejeter
office-sub-do-received = Comme reçue
office-sub-edit-do = Modifier les réponses
office-sub-edit-what = Ouvre le formulaire avec ces réponses ; ce que vous envoyez devient une nouvelle version, et la précédente reste.
office-sub-rules-said = Ce que les règles du formulaire en disent
