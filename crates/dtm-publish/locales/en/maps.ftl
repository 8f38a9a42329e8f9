# Maps for other programs: OGC API Features, tiles, QGIS.
maps-ogc-title = Map layers
maps-ogc-lead = Areas with their figures, places and flow monitoring points as far as they are public, in the protocol OGC API – Features.
maps-connect = Connect
maps-connect-gis = Add a WFS / OGC API Features connection with this address:
maps-api = Description of this API
maps-project-live = QGIS project that reads this server
maps-project-packed = QGIS project with its data, for work without a network
maps-tiles = Vector tiles (TileJSON)
maps-style = Style for OpenLayers and MapLibre
maps-collection = The newest round; with datetime or round, earlier ones too. { $sum }
maps-op-landing = What this API offers
maps-op-conformance = What this API conforms to
maps-op-collections = All collections
maps-op-collection = One collection
maps-op-items = Features of a collection; parameters named like its columns filter by their values
maps-op-item = One feature
