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

QgsApplication.setPrefixPath("/usr", True)
application = QgsApplication([], False)
application.initQgis()
folder = sys.argv[1]
for path in sorted(glob.glob(os.path.join(folder, "*.qgs"))):
    project = QgsProject.instance()
    name = os.path.splitext(os.path.basename(path))[0]
    assert project.read(path), project.error()
    for layer in project.mapLayers().values():
        features = list(layer.getFeatures()) if layer.isValid() else []
        drawn = 0
        if features:
            context = QgsRenderContext()
            context.setExpressionContext(
                QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
            )
            renderer = layer.renderer().clone()
            renderer.startRender(context, layer.fields())
            for feature in features:
                context.expressionContext().setFeature(feature)
                drawn += len(renderer.symbolsForFeature(feature, context)) == 1
            renderer.stopRender(context)
        told = {"project": name, "layer": layer.name(), "valid": layer.isValid()}
        told |= {"features": len(features), "drawn": drawn, "provider": layer.providerType()}
        print(json.dumps(told, ensure_ascii=False))
    tree = project.layerTreeRoot()
    settings = QgsMapSettings()
    settings.setLayers([node.layer() for node in tree.findLayers() if node.isVisible() and node.layer()])
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
    job.renderedImage().save(os.path.join(folder, name + ".png"))
style = os.path.join(folder, "areas_1.qml")
if os.path.exists(style):
    layer = QgsVectorLayer("MultiPolygon?field=idp_ind:integer&field=idp_ind_state:string", "areas", "memory")
    message, loaded = layer.loadNamedStyle(style)
    assert loaded and len(layer.renderer().rootRule().children()) > 3, message
