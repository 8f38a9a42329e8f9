# Jeux de données
datasets-title = Jeux de données
datasets-lead = Chaque nombre diffusé, dans le format de votre outil. Les adresses ne changent pas ; chaque ligne commence par son cycle, pour que plusieurs cycles puissent se suivre.
datasets-back = Retour à l’opération
datasets-doors = Connexions directes
datasets-doors-what = Les outils qui restent connectés lisent les mêmes lignes par ces portes.
datasets-ogc = Ce qu’il y a, et comment s’y connecter
datasets-tiles = Tuiles vectorielles
datasets-power-bi = Fichier qui ouvre Power BI dessus (.pbids)
dataset-about = À propos
dataset-name = Nom
dataset-rows = Lignes
dataset-rounds = Cycles
dataset-newest = Chiffres les plus récents au
dataset-changed = Dernière modification
dataset-hidden = Nombres masqués par protection, tous tableaux confondus
dataset-files = Fichiers
dataset-files-what = Établis à partir des diffusions telles qu’elles sont ; un téléchargement interrompu peut reprendre. Ajoutez une colonne comme filtre : ?area_level=1
dataset-use = Lire depuis votre outil
dataset-use-what = Nos tests exécutent ces lignes avec les outils eux-mêmes.
dataset-preview = Premières lignes
dataset-preview-caption = { $n ->
    [one] La première ligne
   *[other] Les { $n } premières lignes
}
dataset-columns = Colonnes
dataset-columns-caption = Chaque colonne, ce qu’elle dit dans les deux langues, et son étiquette HXL
dataset-column = Colonne
dataset-meaning = Signification
dataset-kind = Type
dataset-choices = Valeurs
dataset-choices-more = { $n ->
    [one] et { $n } autre
   *[other] et { $n } autres
}
dataset-cite = Comment citer
dataset-citation = DTM, { $operation } : { $title }. Version du { $date }. { $address }
dataset-permanent = Adresse permanente :
kind-text = texte
kind-choice = choix
kind-integer = nombre entier
kind-decimal = nombre
kind-date = date
kind-flag = oui ou non
snippet-python = Avec pandas ; tous les formats de cette page s’y ouvrent.
snippet-r = Avec R de base ; haven::read_dta() sur le fichier Stata garde les libellés.
snippet-stata = Stata 14 ou plus récent lit le fichier par le réseau, avec ses libellés.
snippet-spss = Téléchargez d’abord le fichier .sav, puis exécutez cette syntaxe.
snippet-sql = Avec votre clé comme mot de passe ; de même dans tout outil qui parle à PostgreSQL (R, QGIS, ODBC).
snippet-duckdb = DuckDB lit le fichier Parquet par le réseau.
snippet-powerbi = Obtenir les données, Requête vide, Éditeur avancé ; ou ouvrez le fichier .pbids de la page des jeux de données.
snippet-excel = Données, Obtenir des données, À partir d’un flux OData : cette adresse ; choisissez ensuite le jeu par son nom.
snippet-curl = Reprend un téléchargement interrompu.
snippet-qgis = Couche, Ajouter une couche, Ajouter une couche WFS / OGC API Features : cette adresse.
documents-datasets-what = tous les cycles, tous les formats, connexions directes

# Clés des API publiques
keys-title = Clés d’API
keys-what = Les programmes qui lisent l’API DTM ou se connectent en SQL envoient une clé. Seule son empreinte est gardée ; son usage est compté par jour.
keys-made = Nouvelle clé
keys-once = La clé n’est affichée que cette fois. Transmettez-la à son titulaire par une voie sûre.
keys-new = Créer une clé
keys-name = Pour qui
keys-name-hint = Une organisation ou un programme, pas le téléphone ni l’adresse d’une personne
keys-name-wrong = Dites pour qui est la clé, en 120 lettres au plus.
keys-allowance-wrong = Les appels permis sont des nombres entiers à partir de 1 ; laissez le champ vide pour le nombre habituel.
keys-product = Donne accès à
keys-product-displacement = Déplacement
keys-product-hna = Évaluations des besoins (HNA)
keys-per-minute = Appels par minute
keys-per-day = Appels par jour
keys-make = Créer la clé
keys-good = Clés
keys-none = Il n’y a pas encore de clé.
keys-used = { $n ->
    [0] Pas utilisée ces 30 derniers jours
    [one] { $n } appel ces 30 derniers jours
   *[other] { $n } appels ces 30 derniers jours
}
keys-last = dernier le
keys-never = jamais
keys-allowed = { $per-minute } par minute, { $per-day } par jour
keys-since = depuis le
keys-withdraw = Retirer
keys-withdrawn = La clé est retirée ; elle n’ouvre plus rien.
keys-gone = Clés retirées
keys-withdrawn-on = retirée le

# Constructeur de requêtes
query-title = Constructeur de requêtes
query-lead = Choisissez ce que vous voulez savoir : l’adresse ci-dessous donne exactement cela, dans tout programme, pour toujours.
query-what = Quoi
query-dataset = Jeu de données
query-show = Afficher
query-rows = des lignes
query-sums = des sommes
query-only = Seulement où
query-all = tout
query-sums-of = Pour les sommes
query-measure = Mesure
query-per = Par
query-ask = Demander
query-address = L’adresse
query-answer = Ce qu’elle répond
query-none = Aucune ligne ne convient.
query-first = Les 20 premières lignes ; l’adresse les donne toutes
query-whole = Toutes les lignes
datasets-query = Constructeur de requêtes : lignes et sommes par adresse
datasets-catalogues = Nouvelles et catalogues

explore-title = Explorateur
explore-of = { $measure } par { $rows }
explore-of-both = { $measure } par { $rows } et { $columns }
explore-drawing = En image
explore-table = En tableau
explore-choose = Ce que vous voulez voir
explore-rows = Lignes
explore-columns = Colonnes
explore-no-columns = aucune
explore-drawn-as = Dessin
explore-show = Afficher
explore-dataset = Le jeu de données entier
explore-refused = Changez les lignes, les colonnes ou les conditions : ce qui ne s’additionne pas n’est pas additionné ici.
explore-left-out = { $n ->
    [one] Une autre ligne est dans le fichier.
   *[other] { $n } autres lignes sont dans le fichier.
}
explore-map = carte
explore-bars = barres
explore-trend = courbe au fil des cycles
explore-multiples = une petite courbe pour chacun
explore-stacked = parts de barres
explore-heat = tableau en couleurs
explore-change = changement depuis le cycle précédent
datasets-explore = choisissez lignes, colonnes et mesure ; voyez un tableau, une carte ou un graphique
explore-gap = – : rien n’a été rapporté de cette combinaison.
explore-embed = L’intégrer dans une autre page
explore-embed-what = Une image qui mène ici : sans script ni cookie. Elle montre toujours la version la plus récente.
