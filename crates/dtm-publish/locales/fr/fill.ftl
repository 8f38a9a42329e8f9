### Remplir un formulaire dans le navigateur : la page qui l’entoure, les mots des champs, et ce qui arrête un lien.
### Le serveur et le script de la page (`web/src/fill`) lisent le même fichier.

## La page
fill-title = Remplir : { $form }
fill-forms = Formulaires à remplir
fill-forms-none = Il n’y a pas de formulaire à remplir ici pour l’instant.
fill-forms-none-advice = Dès qu’un formulaire est publié et ouvert, il figure ici.
fill-do = Remplir
fill-trial = Un essai : ce que vous envoyez est gardé à part et ne compte pas.
fill-noscript = Cette page a besoin de scripts : le formulaire choisit ses questions et vérifie ses réponses ici même, aussi sans connexion. Veuillez autoriser les scripts pour cette adresse, ou remplir le formulaire avec ODK Collect sur un téléphone.
fill-needs-script = Le formulaire se charge. Si rien ne change, votre navigateur est trop ancien pour cette page : utilisez un Firefox, Chrome, Edge ou Safari récent.
fill-loading = Chargement du formulaire…
fill-unreachable = Le formulaire n’a pas pu être chargé. Une fois ouvert avec une connexion, il s’ouvre aussi sans.
fill-again = Réessayer
fill-cancel = Annuler
fill-send = Envoyer

## Ce qu’il en est advenu
fill-sent = Envoyé. Merci.
fill-sent-more = Vos réponses sont enregistrées sur le serveur. Il n’en reste rien sur cet appareil.
fill-sent-n = { $n ->
    [one] Un formulaire a été envoyé.
   *[other] { $n } formulaires ont été envoyés.
}
fill-kept = Gardé sur cet appareil
fill-kept-more = Vos réponses sont terminées et en sécurité sur cet appareil. Elles partiront dès qu’il y aura une connexion ; laissez cette page ouverte ou rouvrez-la plus tard.
fill-not-taken = Non accepté
fill-not-taken-more = Le serveur n’a pas accepté ce formulaire. La raison figure ci-dessus ; vos réponses sont gardées sur cet appareil.
fill-another = En remplir un autre
fill-used = Vous avez déjà rempli ce formulaire
fill-used-advice = Ce lien sert une seule fois. Ce que vous avez envoyé, ou ce qui attend encore ici, reste tel quel.

## Ce qui attend, et les brouillons
fill-offline = Pas de connexion. Vous pouvez continuer : ce que vous terminez est gardé sur cet appareil et envoyé plus tard.
fill-waiting = { $n ->
    [one] { $n } en attente d’envoi
   *[other] { $n } en attente d’envoi
}
fill-send-now = Envoyer maintenant
fill-not-now = Le serveur est injoignable. Tout est encore ici.
fill-sign-in-again = Veuillez vous reconnecter : ce qui attend partira ensuite.
fill-refused = Non accepté ({ $when }) :
fill-save-file = Enregistrer dans un fichier
fill-drop = Supprimer
fill-drop-sure = Supprimer ces réponses de cet appareil ? Elles ne sont nulle part ailleurs.
fill-draft = Vous avez déjà commencé
fill-draft-since = Des réponses inachevées ont été gardées sur cet appareil le { $when }.
fill-draft-older = Le formulaire a changé depuis ; veuillez relire vos réponses.
fill-draft-continue = Continuer
fill-draft-anew = Recommencer
fill-draft-anew-sure = Recommencer ? Les réponses inachevées seront supprimées.
fill-draft-saved = Gardé sur cet appareil, { $when }
fill-device = Ce qui est gardé sur cet appareil
fill-device-what = Les réponses inachevées, et celles qui sont terminées jusqu’à leur envoi, sont gardées dans ce navigateur. Sur un appareil que d’autres utilisent aussi, terminez et envoyez, puis oubliez tout.
fill-device-once = Vos réponses sont gardées dans ce navigateur jusqu’à leur envoi, ainsi que le fait que ce lien a servi. Sur un appareil que d’autres utilisent aussi, envoyez d’abord, puis oubliez tout.
fill-forget = Tout oublier sur cet appareil
fill-forget-sure = Pas encore envoyés : { $waiting }. Inachevés : { $drafts }. Ils seront perdus si vous continuez. Tout oublier ?
fill-forget-sure-empty = Oublier le formulaire et tout ce qui est gardé pour lui sur cet appareil ?

## Liens qui ne mènent pas à un formulaire
fill-encrypted = Les réponses sont chiffrées
fill-encrypted-advice = Ouvrez-les d’abord avec la clé, sur la page « Chiffrement » de l’opération ; puis revenez ici.
fill-closed = Ce formulaire est clos
fill-closed-advice = Il n’accepte plus de réponses. Si des réponses attendent sur votre appareil, adressez-vous à la personne qui vous a donné le lien.
fill-link-expired = Ce lien a expiré
fill-link-expired-advice = Demandez-en un nouveau à la personne qui vous l’a donné.
fill-link-unknown = Ce lien ne mène nulle part
fill-link-unknown-advice = Il a peut-être été retiré, ou coupé : vérifiez que vous l’avez en entier, ou demandez-en un nouveau.

## Mots des champs du formulaire
fill-lib-constraint = Cette réponse ne peut pas être juste : veuillez la vérifier.
fill-lib-required = Cette question demande une réponse.
fill-lib-load-failed = Le formulaire n’a pas pu être ouvert
fill-lib-technical = Détails techniques
fill-lib-errors = { $n ->
    [one] { $n } question demande votre attention.
   *[other] { $n } questions demandent votre attention.
}
fill-lib-made-with = Formulaire par
fill-lib-language = Langue du formulaire
fill-lib-remove = Retirer
fill-lib-repeat = Entrée
fill-lib-add = Ajouter
fill-lib-rank = Mettre en ordre
fill-lib-take-picture = Prendre une photo
fill-lib-choose-image = Choisir une image
fill-lib-image-preview = L’image prise
fill-lib-accuracy = Précision : { $m } m,
fill-lib-accuracy-good = Bonne précision
fill-lib-accuracy-poor = Faible précision
fill-lib-accuracy-unknown = Précision inconnue
fill-lib-latitude = latitude { $degrees },
fill-lib-longitude = longitude { $degrees }.
fill-lib-location-get = Relever la position
fill-lib-location-again = La relever à nouveau
fill-lib-location-save = Garder cette position
fill-lib-location-finding = Recherche de votre position
fill-lib-location-time = Temps écoulé :
fill-lib-location-at = Elle est gardée à { $m } m.
fill-lib-location-before = Gardée auparavant, à { $m } m.
fill-lib-location-refused = La position ne peut pas être lue
fill-lib-location-allow = Autorisez-la dans les réglages du navigateur et vérifiez que la localisation est activée.
fill-lib-no-background-location = La position n’est pas disponible. Activez-la, autorisez-la dans le navigateur et rouvrez le formulaire.
fill-lib-map-graphics = La carte ne peut pas être dessinée
fill-lib-map-graphics-advice = Le navigateur ne peut pas la dessiner : activez l’accélération graphique dans ses réglages.
fill-lib-map-unselect = Annuler le choix
fill-lib-map-select = Garder le choix
fill-lib-map-no-trace = Aucune ligne gardée
fill-lib-map-no-shape = Aucune surface gardée
fill-lib-map-no-point = Aucun point gardé
fill-lib-map-point = Point gardé
fill-lib-map-trace = Ligne gardée
fill-lib-map-shape = Surface gardée
fill-lib-map-remove-point = Retirer le point
fill-lib-map-details = Détails
fill-lib-map-advanced = Plus
fill-lib-map-file-empty = Le fichier est vide.
fill-lib-map-file-type = Ce type de fichier n’est pas lu. Veuillez choisir un fichier .geojson.
fill-lib-map-file-bad = Le fichier n’a pas pu être lu comme GeoJSON.
fill-lib-map-file-other = Le fichier contient une autre sorte de forme que celle demandée.
fill-lib-map-import = Remplacer la position par d’autres données
fill-lib-map-paste = Coller au format d’ODK
fill-lib-map-paste-how = Latitude, longitude, altitude, précision : 45.5 -122.6 15 2; 45.6 -122.7 12 3
fill-lib-map-upload = Lire un fichier GeoJSON
fill-lib-map-upload-do = Choisir le fichier
fill-lib-map-save = Garder
fill-lib-map-drag = Appuyez et glissez pour déplacer un point
fill-lib-map-tap = Touchez pour placer un point
fill-lib-map-tap-move = Touchez pour déplacer le point
fill-lib-map-centre = Le bouton de position amène la carte là où vous êtes
fill-lib-map-longitude = Longitude
fill-lib-map-latitude = Latitude
fill-lib-map-altitude = Altitude
fill-lib-map-accuracy = Précision
fill-lib-map-delete = Supprimer
fill-lib-map-delete-shape = Supprimer toute la surface ?
fill-lib-map-delete-trace = Supprimer toute la ligne ?
fill-lib-map-delete-sure = Elle est retirée et vous recommencez.
fill-lib-map-full = Plein écran
fill-lib-map-fit = Tout montrer
fill-lib-map-here = Montrer où je suis
fill-lib-map-undo = Annuler
fill-lib-map-nearer = Plus près
fill-lib-map-farther = Plus loin
fill-control-year = Choisir l’année
fill-control-month = Choisir le mois
fill-control-date = Choisir la date
fill-control-decade-before = Dix ans plus tôt
fill-control-decade-after = Dix ans plus tard
fill-control-year-before = Année précédente
fill-control-year-after = Année suivante
fill-control-month-before = Mois précédent
fill-control-month-after = Mois suivant
fill-control-hour-less = Une heure de moins
fill-control-hour-more = Une heure de plus
fill-control-minute-less = Une minute de moins
fill-control-minute-more = Une minute de plus
fill-control-second-less = Une seconde de moins
fill-control-second-more = Une seconde de plus
fill-control-today = Aujourd’hui
fill-control-clear = Effacer
fill-control-nothing-found = Rien trouvé
fill-control-no-choices = Il n’y a rien à choisir
fill-control-none-chosen = Rien de choisi
fill-control-all-chosen = Tout est choisi
fill-control-n-found = {"{0}"} trouvés
fill-control-n-chosen = {"{0}"} choisis
fill-control-choose = Choisir
fill-control-upload = Téléverser
fill-control-cancel = Annuler
fill-control-close = Fermer
fill-control-previous = Précédent
fill-control-next = Suivant
fill-control-choices = Choix
fill-control-up = Vers le haut
fill-control-down = Vers le bas
fill-control-top = Tout en haut
fill-control-bottom = Tout en bas
fill-to-record = Retour à l’enregistrement
