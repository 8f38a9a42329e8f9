"""Draws the tiles at an address in the style that stands beside them, and says how it went."""

import json
import sys
import urllib.request

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsMapBoxGlStyleConverter,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

from qgis_projects import painted

QgsApplication.setPrefixPath("/usr", True)
application = QgsApplication([], False)
application.initQgis()
address = sys.argv[1]
about = json.load(urllib.request.urlopen(address + ".json"))
style = urllib.request.urlopen(address + "/style.json").read().decode()
converter = QgsMapBoxGlStyleConverter()
converted = converter.convert(style) == QgsMapBoxGlStyleConverter.Success
layer = QgsVectorTileLayer(f"type=xyz&url={about['tiles'][0]}&zmin=0&zmax={about['maxzoom']}", "tiles")
layer.setRenderer(converter.renderer())
web = QgsCoordinateReferenceSystem("EPSG:3857")
degrees = QgsCoordinateReferenceSystem("EPSG:4326")
settings = QgsMapSettings()
settings.setLayers([layer])
settings.setDestinationCrs(web)
settings.setBackgroundColor(QColor("white"))
settings.setOutputSize(QSize(700, 700))
around = QgsCoordinateTransform(degrees, web, QgsProject.instance()).transformBoundingBox(QgsRectangle(*about["bounds"]))
settings.setExtent(around)
job = QgsMapRendererSequentialJob(settings)
job.start()
job.waitForFinished()
told = {"converted": converted, "valid": layer.isValid(), "warnings": converter.warnings()}
print(json.dumps(told | painted(job.renderedImage()), ensure_ascii=False))
