# Les lieux d’une opération et les zones où ils se trouvent.
places-title = Lieux
places-search = Nom, autre nom, code ou zone
places-state = État
places-state-open = Ouverts
places-state-closed = Fermés
places-state-all = Ouverts et fermés
places-state-nowhere = Sans position
places-state-adrift = Dans une zone qui a pris fin
places-map = Carte
places-map-desc = { $n ->
    [one] { $n } lieu
   *[other] { $n } lieux
 } sur les contours des zones.
places-n = { $n ->
    [0] Aucun lieu
    [one] { $n } lieu
   *[other] { $n } lieux
 }
places-none = Aucun lieu n’est encore connu. Apportez une liste, ajoutez-en un, ou laissez un cycle les trouver.
places-none-fit = Aucun lieu ne correspond.
places-closed = Fermé
places-no-position = Sans position
places-download = Cette liste en CSV
places-change = Ajouter et modifier
places-upload = Une liste de lieux
places-upload-hint = CSV ou classeur avec les colonnes ssid, name, kind (site, host_community, flow_point), area (p-code), lon, lat, opened_on, closed_on, site_type, aliases. Une cellule vide ne change rien. Vous verrez d’abord ce qui changerait.
places-preview-do = Voir ce qui changerait
places-preview = Ce que cette liste changerait
places-new = Nouveaux lieux
places-changed = Modifiés
places-unchanged = Inchangés
places-is-new = Nouveau
places-problems = À regarder
places-more = { $n ->
    [one] { $n } autre n’est pas montré.
   *[other] { $n } autres ne sont pas montrés.
 }
places-nothing-changes = Tout dans cette liste est déjà connu : rien ne changerait.
places-what-changes = Ce qui changerait
places-take = Reprendre cette liste
places-leave = Tout laisser en l’état
places-no-file = Choisissez un fichier qui n’est pas vide.
places-not-read = Le fichier n’a pas pu être utilisé.
places-undo = Annuler
places-said-changed = { $n ->
    [one] { $n } lieu a été enregistré.
   *[other] { $n } lieux ont été enregistrés.
 }
places-said-undone = { $n ->
    [0] Rien à annuler : les lieux ont été modifiés depuis.
    [one] { $n } lieu est comme avant.
   *[other] { $n } lieux sont comme avant.
 }
places-said-same = Rien n’a changé.
places-said-distinct = C’est noté : ce sont deux lieux. La paire ne sera plus montrée.
places-adrift = { $n ->
    [one] { $n } lieu se trouve dans une zone qui a pris fin : dites dans laquelle il se trouve.
   *[other] { $n } lieux se trouvent dans des zones qui ont pris fin : dites dans lesquelles ils se trouvent.
 }
places-duplicates = Lieux qui n’en font peut-être qu’un
places-duplicates-n = { $n ->
    [one] { $n } paire de lieux n’en fait peut-être qu’un.
   *[other] { $n } paires de lieux n’en font peut-être qu’un.
 }
places-duplicates-what = Lieux de même genre, proches ou de noms semblables. Un site et la communauté hôte qui l’entoure sont deux lieux et ne sont pas montrés.
places-duplicates-none = Aucun lieu ne semble en répéter un autre.
places-alike = noms semblables à { $share }
places-apart = à { $n } m l’un de l’autre
places-are-two = Ce sont deux lieux
places-are-one = C’est un seul lieu
places-keep = Garder { $name } ({ $ssid })
place-kind = Genre
place-kind-site = Site
place-kind-host-community = Communauté hôte
place-kind-flow-point = Point de suivi des flux
place-fact = Fait
place-fact-ssid = Identifiant (SSID)
place-fact-name = Nom
place-fact-kind = Genre
place-fact-area = Zone
place-fact-site-type = Type de site
place-fact-position = Position
place-fact-opened-on = Ouvert le
place-fact-closed-on = Fermé le
place-fact-aliases = Autres noms
place-fact-merged-into = Fusionné avec
place-new = Ajouter un lieu
place-add = Ajouter le lieu
place-known = Ce que l’on sait
place-nowhere = Personne n’a dit où se trouve ce lieu.
place-change = Corriger
place-save = Enregistrer
place-reason = Pourquoi
place-ssid-hint = Laissé vide, l’identifiant est formé du code de la zone.
place-aliases-hint = Plusieurs, séparés par des points-virgules.
place-lat = Latitude
place-lon = Longitude
place-merge = Fusionner avec un autre lieu
place-merge-what = Ce qui est dit de ce lieu à partir de ce jour compte pour l’autre. Ce qui a été dit avant reste en l’état.
place-merge-day = À partir de ce jour
place-merged-into = Fusionné avec { $ssid }
place-history = Ce qui lui est arrivé
place-when = Quand
place-what = Quoi
place-before-history = Avant que les changements ne soient gardés
place-added = Ajouté
place-taken-back = Retiré
place-not-saved = Rien n’a été enregistré.
place-no-name = Un lieu a besoin d’un nom.
place-no-kind = Choisissez de quel genre de lieu il s’agit.
place-no-area = « { $area } » n’est pas le p-code d’une zone en vigueur.
place-no-day = Ceci n’est pas un jour.
place-closed-first = Il ne peut fermer avant d’avoir ouvert.
place-no-position = Une position demande une latitude de -90 à 90 et une longitude de -180 à 180.
place-taken = Un lieu a déjà l’identifiant { $ssid }.
place-no-other = « { $ssid } » n’est pas l’identifiant d’un autre lieu ouvert.
place-area-ended = La zone où il se trouvait a pris fin. Elle est devenue : { $became }.
place-outside = Sa position est hors de sa zone.
areas-title = Zones
areas-level = Niveau { $level }
areas-search = Nom, graphie ou p-code
areas-none = Aucune zone n’est connue. Apportez les limites du pays.
areas-none-fit = Aucune zone ne correspond.
areas-validity = Validité
areas-places = Lieux
areas-since = depuis le { $day }
areas-until = jusqu’au { $day }
areas-became = devenue { $codes }
areas-also = aussi : { $names }
areas-stand = Elle est toujours en vigueur
areas-upload = Apporter des limites
areas-upload-hint = GeoJSON, TopoJSON, Shapefile en zip ou CSV avec p-codes, comme les jeux de données opérationnels communs (COD-AB). Vous verrez d’abord ce qui changerait.
areas-file = Fichier
areas-spell-what = Les listes qui écrivent la zone ainsi sont lues comme son p-code.
areas-preview = Ce que ces limites changeraient
areas-in-file = Zones du fichier
areas-outlines = Contours
areas-new = Nouvelles
areas-new-n = { $n ->
    [one] { $n } nouvelle zone
   *[other] { $n } nouvelles zones
 }
areas-changed = Nommées, situées ou dessinées autrement
areas-endings = Absentes du fichier
areas-endings-what = Celles qui sont cochées prennent fin la veille des nouvelles limites. Leurs lieux passent à ce qu’elles sont devenues.
areas-what = Ce qu’elle est devenue
areas-end = Fin
areas-end-recoded = Autre code
areas-end-split = Divisée
areas-end-joined = Réunie à une autre
areas-end-unknown = Inconnu
areas-places-move = { $n ->
    [one] { $n } lieu s’y trouve.
   *[other] { $n } lieux s’y trouvent.
 }
areas-unplaced = Nul ne peut dire la nouvelle zone de :
areas-from = Premier jour des nouvelles limites
areas-from-hint = Les cycles d’avant gardent les zones de leur temps.
areas-take = Reprendre ces limites
areas-no-day = Dites à partir de quel jour valent les nouvelles limites : des zones doivent prendre fin la veille.
areas-said-taken = { $n ->
    [one] { $n } zone a été reprise
   *[other] { $n } zones ont été reprises
 } ; { $m ->
    [0] aucun lieu n’a changé de zone.
    [one] { $m } lieu a changé de zone.
   *[other] { $m } lieux ont changé de zone.
 }

places-phones = Sur les téléphones
places-phones-what = Les formulaires peuvent proposer les lieux de cette liste : les choix viennent de places.csv, filtrés par zone, genre ou type de site, et la carte sait où ils sont. La liste est faite une fois et suit chaque changement des lieux.
places-phones-begin = Faire la liste pour les téléphones
places-phones-follow = Les téléphones ont ces lieux dans la liste places.csv. Elle suit chaque changement en quelques secondes ; un lieu qui ferme la quitte.
places-phones-list = La liste
places-phones-end = Ne plus suivre
places-phones-taken = Il existe déjà une liste « places » que des formulaires ou des personnes remplissent. Renommez-la ou supprimez-la d’abord.
places-said-phones = La liste pour les téléphones est faite et suit les lieux.
places-said-no-phones = La liste reste telle quelle et ne suit plus les lieux.

place-area-hint = Son p-code, ou une partie de son nom : choisissez ensuite parmi les zones trouvées. La plus petite zone où l’on sait qu’il se trouve.
place-area-find = Chercher
place-area-choose = De quelle zone s’agit-il ?
place-area-missing = Dites dans quelle zone il se trouve.
place-area-which = « { $area } » n’est pas un p-code. Choisissez ci-dessous la zone voulue.
place-no-site-type = Non précisé
place-at = latitude { $lat }, longitude { $lon }
place-position-zero = Latitude 0, longitude 0 est dans l’Atlantique : les appareils la donnent quand ils n’ont pas trouvé de position. Laissez les deux champs vides si elle n’est pas connue.
place-position-elsewhere = Cette position est hors du pays.
place-position-meant = Cette position n’est pas dans le pays. Latitude { $lat }, longitude { $lon } l’est : ont-elles été interverties, ou manque-t-il un signe moins ?
place-take-meant = Prendre { $position }
place-position-sure = La position est juste : l’enregistrer telle quelle
place-pick = Carte : la position est là où vous cliquez
place-pick-hint = Ou cliquez sur la carte à l’endroit voulu. Chaque clic montre plus de détails ; le dernier compte quand vous enregistrez.
place-nearer = Plus près
place-farther = Plus loin
place-close = Le fermer
place-close-what = À partir de ce jour, aucun cycle ne l’attend et il quitte la liste des téléphones. Ses chiffres d’avant restent.
place-reopen = Le rouvrir
place-reopen-what = Les cycles l’attendent de nouveau. S’il avait été fusionné avec un autre, il compte de nouveau pour lui-même.
place-merge-into = Identifiant ou nom de l’autre lieu
place-choose = De quel lieu s’agit-il ?
place-which = « { $name } » n’est pas un identifiant. Choisissez le lieu voulu.
areas-within = Dans
areas-said-changed = { $n ->
    [one] La zone a été enregistrée.
   *[other] { $n } zones ont été enregistrées.
 }
areas-said-undone = { $n ->
    [0] Rien à annuler : les zones ont changé depuis
    [one] Une zone est comme avant
   *[other] { $n } zones sont comme avant
 } ; { $m ->
    [0] aucun lieu n’a changé de zone.
    [one] un lieu est revenu où il était.
   *[other] { $m } lieux sont revenus où ils étaient.
 }
area-fact-pcode = P-code
area-fact-level = Niveau
area-fact-name = Noms
area-fact-parent = Se trouve dans
area-fact-aliases = Autres graphies
area-fact-valid-from = Premier jour
area-fact-valid-to = Dernier jour
area-fact-became = Est devenue
area-fact-places = Lieux
area-fact-outline = Contour
area-not-drawn = Elle n’a pas de contour. Apportez des limites pour la dessiner.
area-below-n = { $n ->
    [one] Une zone à l’intérieur
   *[other] { $n } zones à l’intérieur
 }
area-change = Corriger ou clore
area-became-hint = Les p-codes de ce qu’elle est devenue à sa fin : un seul, ou ceux de ses parties, séparés par des points-virgules.
area-recode = Lui donner un nouveau code
area-recode-what = À partir de ce jour elle porte le nouveau code, avec le même nom et le même contour, et ses lieux suivent. Les cycles d’avant gardent l’ancien.
area-new-code = Nouveau p-code
area-redrawn = Redessinée
area-undo = Annuler cela
area-ended = Elle a pris fin le { $day }.
area-ended-as = Elle a pris fin le { $day } et est devenue { $became }.
area-no-name = Une zone a besoin d’un nom.
area-no-parent = « { $area } » n’est pas le p-code d’une zone du niveau au-dessus.
area-ended-first = Elle ne peut pas finir avant d’avoir commencé.
area-became-what = Une zone en devient une autre quand elle prend fin : donnez son dernier jour.
area-no-code = « { $code } » ne peut pas être un p-code : lettres, chiffres, traits d’union et points.
area-code-taken = Une zone a déjà le p-code { $code }.
area-not-standing = Seule une zone qui existe encore, et pas le pays, reçoit un nouveau code.
area-has-parts = Des zones s’y trouvent, et leurs codes commencent par le sien. Apportez les nouvelles limites en fichier : il dit quel code chacune reçoit.
places-repaired = Zones lues autrement qu’écrites
places-written = Dans le fichier
places-read-as = Lu comme
places-rows = Lignes
places-first-row = d’abord ligne { $row }
places-repair-writing = Autres lettres, espaces ou tirets
places-repair-length = Lettres du pays, ou un zéro de plus ou de moins
places-repair-alias = Autre graphie de la zone
places-problem-position-outside-area = La position est hors de la zone
places-problem-position-meant = Position sans doute intervertie ou sans signe ; elle est laissée de côté
places-problem-position-elsewhere = La position est hors du pays ; elle est laissée de côté
places-problem-odd-position = Ce n’est pas une position ; elle est laissée de côté
places-problem-odd-date = Ce n’est pas un jour ; il est laissé de côté
places-problem-closed-before-opened = Fermé avant d’avoir ouvert
places-problem-duplicate-ssid = Le même identifiant encore ; la ligne est laissée de côté
places-problem-no-ssid = Sans identifiant ; la ligne est laissée de côté
places-problem-unknown-kind = Pas un genre de lieu ; la ligne est laissée de côté
places-problem-unknown-area = Zone inconnue ; la ligne est laissée de côté
places-problem-unknown-area-name = Un nom au lieu d’un p-code ; la ligne est laissée de côté
places-problem-unreadable-row = La ligne est illisible
places-problem-missing-column = Une colonne manque
places-problem-no-pcode = Sans p-code ; la ligne est laissée de côté
places-problem-odd-pcode = Ce n’est pas un p-code
places-problem-no-name = Sans nom
places-problem-foreign-code = Le code d’un autre pays
places-problem-duplicate-code = Le même code encore
places-problem-alike-codes = Des codes qui ne diffèrent que par l’écriture
places-problem-odd-level = Un autre niveau que prévu
places-problem-outside-the-world = Le contour n’est pas en degrés
places-problem-broken-outline = Le contour est abîmé
places-problem-no-outline-in-file = Sans contour
places-problem-orphan = La zone qui la contient est inconnue
places-problem-no-parent = N’est dans aucune zone
places-problem-cycle = Est dans elle-même
places-problem-level-jump = Un niveau manque au-dessus
places-problem-not-under-parents-code = Son code ne commence pas par celui de la zone qui la contient
places-problem-outline-missing = Sans contour
places-problem-outline-outside-parent = Dessinée hors de la zone qui la contient
areas-below-move = { $n ->
    [one] Une zone s’y trouve et suit.
   *[other] { $n } zones s’y trouvent et suivent.
 }
