"""Pages that send themselves on: an application's answer, and an application's request."""

from typing import Any

ANSWER_SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "form-post": (
        "form-post.html",
        {
            "redirect_uri": "https://app.example/callback",
            "parameters": {
                "code": "SplxlOBeZQQYbYS6WxSbIA",
                "state": "af0 ifj%\"'<>&",
                "iss": "http://localhost:8000",
            },
        },
    ),
    "authorize": (
        "authorize.html",
        {
            "action": "/authorize",
            "parameters": [("client_id", "manager"), ("request", "eyJhbGciOiJSUzI1NiJ9.e30.x")],
        },
    ),
}
