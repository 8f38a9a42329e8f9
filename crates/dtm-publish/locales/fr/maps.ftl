# Cartes pour d’autres programmes : OGC API Features, tuiles, QGIS.
maps-ogc-title = Couches cartographiques
maps-ogc-lead = Les zones et leurs chiffres, les lieux et les points de suivi des flux, pour autant qu’ils soient publics, selon le protocole OGC API – Features.
maps-connect = Se connecter
maps-connect-gis = Ajoutez une connexion WFS / OGC API Features à cette adresse :
maps-api = Description de cette API
maps-project-live = Projet QGIS qui lit ce serveur
maps-project-packed = Projet QGIS avec ses données, pour travailler sans réseau
maps-tiles = Tuiles vectorielles (TileJSON)
maps-style = Style pour OpenLayers et MapLibre
maps-collection = Le cycle le plus récent ; avec datetime ou round, aussi les précédents. { $sum }
maps-op-landing = Ce que cette API offre
maps-op-conformance = Ce à quoi cette API se conforme
maps-op-collections = Toutes les collections
maps-op-collection = Une collection
maps-op-items = Entités d’une collection ; les paramètres du nom d’une colonne filtrent par ses valeurs
maps-op-item = Une entité
