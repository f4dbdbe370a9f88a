"""The hosts that signed links lead to: they know no GitHub credential, and refuse a request that carries one."""

from __future__ import annotations

import re
from dataclasses import replace

from . import export_routes, metrics_routes
from .messages import Call, Reply, storage_error
from .world import World

# Never asked: a client must not follow a link that leads away from https.
PLAIN_HTTP = "http://downloads.example.invalid"


def answer(worlds: list[World], call: Call) -> Reply:
    if "authorization" in call.headers:
        return storage_error(400, "InvalidAuthenticationInfo")
    if call.method != "GET":
        return storage_error(404, "BlobNotFound")
    hop = re.match(r"/hop/(\d+)(/.*)", call.path)
    done, path = (int(hop[1]), hop[2]) if hop else (0, call.path)
    if done < worlds[0].settings.download_redirects:
        return _led_on(worlds[0], call, done + 1, path)
    call = replace(call, path=path)
    for world in worlds:
        for download in (export_routes.download, metrics_routes.download):
            reply = download(world, call)
            if reply is not None:
                return reply
    return storage_error(404, "BlobNotFound")


def _led_on(world: World, call: Call, hop: int, path: str) -> Reply:
    hosts = {"path": world.urls["storage"], "host": world.urls["mirror"], "http": PLAIN_HTTP}
    query = call.target.partition("?")[2]
    location = f"{hosts[world.settings.redirect_to]}/hop/{hop}{path}?{query}"
    return Reply(302, body=b"", headers={"location": location}, content_type="text/html")
