"""Style, scripts and pictures of our pages, at addresses that change with their content.

They are few and small, so they live in memory: what was not there at the start has no address, and no path can lead
elsewhere. Caching follows RFC 9111 and RFC 8246 (immutable), revalidation RFC 9110 §13.1.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_PREFIX = "/static/"
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    body: bytes
    media_type: str
    digest: str


class StaticAssets:
    """An ASGI application for `/static/{digest}/{name}`."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """`files` maps a name such as `css/idp.css` to its content. Raises ValueError for another type of file."""
        self._assets = {name: _asset(name, body) for name, body in files.items()}

    def url(self, name: str) -> str:
        """The address of `name`, good for ever. Raises KeyError when there is no such file."""
        return f"{_PREFIX}{self._assets[name].digest}/{name}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = self._answer(Request(scope))
        await response(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return Response(status_code=405, headers={"Allow": "GET, HEAD"})
        digest, _, name = request.url.path.removeprefix(_PREFIX).partition("/")
        asset = self._assets.get(name)
        if asset is None:
            return Response("Not found", status_code=404, media_type="text/plain")
        headers = {
            "ETag": f'"{asset.digest}"',
            # While nodes of two releases serve together, one may be asked for the other's file: it gives its own, and
            # nobody keeps it.
            "Cache-Control": _FOR_EVER if digest == asset.digest else "no-cache",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": _POLICY,
        }
        if headers["ETag"] in request.headers.get("if-none-match", "").replace("W/", "").split(", "):
            return Response(status_code=304, headers=headers)
        return Response(asset.body, headers={**headers, "Content-Type": asset.media_type})


def read_files(folders: list[Path]) -> dict[str, bytes]:
    """Every file beneath `folders` by its relative name; of several with one name, the first folder's."""
    files: dict[str, bytes] = {}
    for folder in reversed(folders):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                files[path.relative_to(folder).as_posix()] = path.read_bytes()
    return files


_FOR_EVER = "public, max-age=31536000, immutable"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"  # An SVG opened by itself.


def _asset(name: str, body: bytes) -> Asset:
    suffix = Path(name).suffix
    if suffix not in _MEDIA_TYPES:
        raise ValueError(f"static file {name!r}: only {', '.join(sorted(_MEDIA_TYPES))} are served")
    return Asset(body=body, media_type=_MEDIA_TYPES[suffix], digest=sha256(body).hexdigest()[:16])
