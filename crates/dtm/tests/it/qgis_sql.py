"""Reads a table by SQL as QGIS does when somebody adds a PostgreSQL layer, and says what it found."""

import os

from qgis.core import QgsApplication, QgsDataSourceUri, QgsProviderRegistry, QgsVectorLayer

QgsApplication.setPrefixPath("/usr", True)
application = QgsApplication([], False)
application.initQgis()
uri = QgsDataSourceUri()
uri.setConnection(*(os.environ[name] for name in ["PGHOST", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD"]))
connection = QgsProviderRegistry.instance().providerMetadata("postgres").createConnection(uri.uri(False), {})
print(*sorted(table.tableName() for table in connection.tables("xso")))
uri.setDataSource("xso", "areas", "")
layer = QgsVectorLayer(uri.uri(False), "areas", "postgres")
assert layer.isValid(), layer.error().message()
print(layer.featureCount(), *(layer.fields()[at].name() for at in layer.primaryKeyAttributes()))
layer.setSubsetString("\"area\" = 'XS01'")
for feature in layer.getFeatures():
    print(feature["area"], feature["idp_ind"], feature["reported_on"].year())
print(layer.maximumValue(layer.fields().indexOf("idp_ind")))
del layer
application.exitQgis()
