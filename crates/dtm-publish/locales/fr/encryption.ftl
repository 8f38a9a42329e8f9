# Le chiffrement des formulaires, dans l’espace de travail.
encryption-title = Chiffrement
encryption-on = La clé de l’opération
encryption-on-what = Les envois sont chiffrés avec elle, sur le téléphone ou à leur arrivée. Le serveur les garde sans les lire ; seule la phrase secrète, conservée nulle part, permet de les lire.
encryption-since = Depuis
encryption-hint = Indice
encryption-hint-optional = Un indice pour celles et ceux qui connaissent la phrase secrète (facultatif)
encryption-read = Lire les réponses chiffrées
encryption-read-what = Avec son secret, cette session peut lire les réponses chiffrées pendant { $minutes } minutes. La clé reste en mémoire seulement et chaque usage est inscrit au journal d’audit.
encryption-open-until = Cette session peut lire les réponses chiffrées jusqu’au { $at }.
encryption-passphrase = Phrase secrète
encryption-again = La même phrase secrète encore une fois
encryption-unlock = Ouvrir pour cette session
encryption-lock = Refermer maintenant
encryption-off = Les formulaires ne sont pas chiffrés
encryption-off-what = Les réponses voyagent chiffrées et sont protégées par les comptes et les rôles, mais le serveur peut les lire. Avec une clé de l’opération, seules les personnes qui connaissent sa phrase secrète le peuvent.
encryption-switch-on = Chiffrer les formulaires
encryption-warning = Si la phrase secrète est perdue, les réponses le sont aussi : personne ne pourra les récupérer. Contrôles, chiffres, cartes et entités n’utilisent que les questions que vous déclarez lisibles. Ceci ne peut plus être désactivé.
encryption-sure = J’ai noté la phrase secrète en lieu sûr.
encryption-too-short = La phrase secrète doit compter au moins { $n } caractères.
encryption-differs = Les deux phrases secrètes diffèrent.
encryption-not-sure = Veuillez confirmer que la phrase secrète est notée.
encryption-wrong = Ce n’est pas la phrase secrète de la clé de l’opération.
encryption-said-on = Les formulaires sont désormais chiffrés. Les téléphones les rechargent.
encryption-said-unlocked = Les réponses chiffrées peuvent être lues dans cette session.
encryption-said-locked = Les réponses chiffrées sont de nouveau fermées.
encryption-shown = Ces réponses étaient chiffrées ; vous les lisez avec la clé. C’est inscrit au journal d’audit.
encryption-go-unlock = Les ouvrir avec la clé
encryption-unsigned = Le téléphone n’a pas signé ce qui se trouve ici : un fichier manque ou a été échangé.
encryption-wrong-key = Ce n’est pas la clé privée de cette clé publique (PKCS#8, PEM).
encryption-any-open = Cette session peut lire les réponses chiffrées. Listes, fiches et téléchargements de cette session les montrent.
encryption-own = Une clé apportée par un formulaire
encryption-own-what = La clé privée est chez l’auteur du formulaire. Le serveur ne l’a pas et l’oublie après usage.
encryption-private-key = La clé privée (PEM)
encryption-forms-now = Formulaires avec cette clé
encryption-key-id = Numéro de la clé
encryption-forms-what = Un formulaire sans question lisible est chiffré sur le téléphone. Là où certaines questions sont lisibles, le serveur chiffre les autres à l’instant de leur arrivée, avant d’écrire quoi que ce soit.
encryption-how-phone = Chiffré sur le téléphone
encryption-how-not = Non chiffré
encryption-how-arrival = { $n ->
    [one] Chiffré à l’arrivée ; { $n } question reste lisible
   *[other] Chiffré à l’arrivée ; { $n } questions restent lisibles
}
encryption-how-later = { $n ->
    [one] Pas encore chiffré, faute de clé ; { $n } question est déclarée lisible
   *[other] Pas encore chiffré, faute de clé ; { $n } questions sont déclarées lisibles
}
encryption-noticed = Ce que le formulaire dit de ces réponses
encryption-noticed-what = Vous seul voyez ceci ; rien n’en est enregistré.
encryption-data-closed = Certaines réponses de ce formulaire sont chiffrées et restent vides ici et dans les téléchargements, tant que vous ne les ouvrez pas.
encryption-data-open = Les réponses chiffrées sont ouvertes dans cette session, ici et dans les téléchargements. Chaque usage est inscrit au journal d’audit.
readable-title = Questions lisibles
readable-lead = Les réponses aux questions cochées ici restent lisibles pour la revue, les contrôles et les chiffres. Toutes les autres sont chiffrées à leur arrivée, avec leurs photos et fichiers.
readable-what = Cochez ce qu’il faut aux cycles et aux chiffres, le lieu et les nombres, et laissez de côté tout ce qui mène à une personne : noms, téléphones, positions des logements, photos. Un brouillon du formulaire est créé ; le choix vaut pour ce qui est rempli une fois qu’il est publié.
readable-of-draft = du brouillon
readable-saved = enregistrée dans une liste d’entités, qui n’est pas chiffrée : absente là-bas si elle n’est pas lisible
readable-save = Créer un brouillon avec ce choix
readable-said = Un brouillon avec votre choix de questions lisibles a été créé. Essayez-le, puis publiez-le sous une nouvelle version.
readable-n = { $n ->
    [0] Aucune question n’est déclarée lisible : avec une clé, le formulaire est chiffré sur le téléphone
    [one] { $n } question est lisible
   *[other] { $n } questions sont lisibles
}
opened-title = Contrôler tous les enregistrements ouverts
opened-lead = Confronte les enregistrements chiffrés de ce formulaire à ses propres règles, comme c’est fait pour les autres à leur arrivée.
opened-what = Jusqu’à 2 000 enregistrements sont ouverts à la fois, en mémoire seulement, et l’usage est inscrit au journal d’audit. Ce qui s’affiche ici est pour vous ; aucune réponse n’est enregistrée. Là où le serveur chiffre à l’arrivée, il est noté pour les réviseurs quelle règle est enfreinte à quelle question, sans la réponse.
opened-do = Contrôler les enregistrements
opened-again = Recommencer
opened-more = Continuer
opened-more-what = Il reste des enregistrements. La suite commence après le dernier contrôlé.
opened-closed = Les réponses sont fermées pour cette session.
opened-summary = { $n ->
    [0] Aucun enregistrement n’a été ouvert.
    [one] Un enregistrement a été ouvert et contrôlé.
   *[other] { $n } enregistrements ont été ouverts et contrôlés.
}
opened-passed = { $n ->
    [one] Un a été laissé de côté : non chiffré, incomplet ou pour une autre clé.
   *[other] { $n } ont été laissés de côté : non chiffrés, incomplets ou pour une autre clé.
}
opened-none = Les règles du formulaire n’ont rien à signaler.
opened-rules = Nombre d’infractions par règle et par question
opened-rule = Règle
opened-n = Fois
opened-first = Un à un, les 200 premiers
