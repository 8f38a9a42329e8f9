"""Forms, drafts, files and app users by pyodk, as its users call them. Prints what a test looks at, as JSON."""

import json
import pathlib
import sys
import tempfile

from pyodk.client import Client
from pyodk.errors import PyODKError

base_url, username, password, workbook, xform = sys.argv[1:6]
folder = pathlib.Path(tempfile.mkdtemp())
config, cache = folder / "config.toml", folder / "cache.toml"
config.write_text(
    f"""[central]
base_url = {json.dumps(base_url)}
username = {json.dumps(username)}
password = {json.dumps(password)}
default_project_id = 1
"""
)
seen = {}
with Client(config_path=str(config), cache_path=str(cache)) as client:
    seen["projects"] = [project.name for project in client.projects.list()]
    form = client.forms.create(definition=workbook, form_id="camps")
    seen["created"] = [form.xmlFormId, form.version, form.state]
    sites = folder / "sites.csv"
    sites.write_text("name,label\ns1,North\n")
    client.forms.update("camps", attachments=[str(sites)], version_updater=lambda version: f"{version}-b")
    seen["updated"] = client.forms.get("camps").version
    client.forms.update("site", definition=pathlib.Path(xform).read_text())
    seen["forms"] = sorted([form.xmlFormId, form.version] for form in client.forms.list())
    try:
        client.forms.update("site", definition=pathlib.Path(xform).read_text())
    except PyODKError as error:
        seen["again"] = error.args[0]
    users = client.projects.create_app_users(display_names=["Fatou", "Binta"], forms=["site", "camps"])
    seen["users"] = [[user.displayName, len(user.token)] for user in users]
    seen["twice"] = list(client.projects.create_app_users(display_names=["Awa"], forms=["site"]))
    seen["token"] = users[0].token
print(json.dumps(seen))
