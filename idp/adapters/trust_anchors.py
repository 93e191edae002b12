"""The certificate authorities of clients, from the file that the configuration names. Read once, at the start."""

from pathlib import Path

from idp.signing.trust_anchors import BadAnchors, TrustAnchors


class TrustAnchorProblem(Exception):
    """The file can't be used; the text says why, and how to put it right."""


def load_trust_anchors(path: str) -> TrustAnchors | None:
    """None where none is named. Raises `TrustAnchorProblem`."""
    if not path:
        return None
    try:
        return TrustAnchors(Path(path).read_bytes())
    except OSError as error:
        raise TrustAnchorProblem(
            f"mtls.trust_anchors: {path} can't be read: {error.strerror}. Name a PEM file, or leave it empty."
        ) from None
    except BadAnchors as error:
        raise TrustAnchorProblem(
            f"mtls.trust_anchors: {path} {error}. Name a PEM file of the authorities that issue to your clients."
        ) from None
