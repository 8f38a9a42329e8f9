"""Opens the QGIS projects of a folder and says of each layer whether it is whole; draws a picture of each project."""

import glob
import json
import os
import sys

from qgis.core import (
    QgsApplication,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsReferencedRectangle,
    QgsRenderContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor


def painted(image):
    """Which part of a picture is not white, and in how many colours that cover something."""
    seen = {}
    for x in range(0, image.width(), 4):
        for y in range(0, image.height(), 4):
            colour = image.pixelColor(x, y).name()
            seen[colour] = seen.get(colour, 0) + 1
    total = sum(seen.values())
    colours = [colour for colour, n in seen.items() if n > total / 2000]
    return {"painted": 1 - seen.get("#ffffff", 0) / total, "colours": len(colours)}


def n_drawn(layer, features):
    """How many features are drawn by exactly one rule of the layer's style."""
    drawn = 0
    context = QgsRenderContext()
    context.setExpressionContext(QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer)))
    renderer = layer.renderer().clone()
    renderer.startRender(context, layer.fields())
    for feature in features:
        context.expressionContext().setFeature(feature)
        drawn += len(renderer.symbolsForFeature(feature, context)) == 1
    renderer.stopRender(context)
    return drawn


def picture(project):
    """The project as it is drawn when it is opened."""
    settings = QgsMapSettings()
    nodes = project.layerTreeRoot().findLayers()
    settings.setLayers([node.layer() for node in nodes if node.isVisible() and node.layer()])
    settings.setDestinationCrs(project.crs())
    settings.setBackgroundColor(QColor("white"))
    settings.setOutputSize(QSize(900, 700))
    view = project.viewSettings().defaultViewExtent()
    if view.isEmpty():
        view = QgsReferencedRectangle(project.viewSettings().fullExtent(), project.crs())
    settings.setExtent(view)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage()


def main(folder):
    for path in sorted(glob.glob(os.path.join(folder, "*.qgs"))):
        project = QgsProject.instance()
        name = os.path.splitext(os.path.basename(path))[0]
        assert project.read(path), project.error()
        for layer in project.mapLayers().values():
            features = list(layer.getFeatures()) if layer.isValid() else []
            told = {"project": name, "layer": layer.name(), "valid": layer.isValid(), "features": len(features)}
            told |= {"drawn": n_drawn(layer, features), "provider": layer.providerType()}
            print(json.dumps(told, ensure_ascii=False))
        image = picture(project)
        image.save(os.path.join(folder, name + ".png"))
        print(json.dumps({"project": name} | painted(image)))
    for path in sorted(glob.glob(os.path.join(folder, "*.gpkg"))):
        name = os.path.splitext(os.path.basename(path))[0]
        if not os.path.exists(os.path.join(folder, name + ".qgs")):
            # A package alone brings the style that it is drawn in.
            layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
            told = {"package": name, "valid": layer.isValid(), "renderer": layer.renderer().type()}
            told |= {"features": layer.featureCount(), "drawn": n_drawn(layer, layer.getFeatures())}
            print(json.dumps(told))
    style = os.path.join(folder, "areas_1.qml")
    if os.path.exists(style):
        layer = QgsVectorLayer("MultiPolygon?field=idp_ind:integer&field=idp_ind_state:string", "areas", "memory")
        message, loaded = layer.loadNamedStyle(style)
        assert loaded and len(layer.renderer().rootRule().children()) > 3, message


if __name__ == "__main__":
    QgsApplication.setPrefixPath("/usr", True)
    application = QgsApplication([], False)
    application.initQgis()
    main(sys.argv[1])
