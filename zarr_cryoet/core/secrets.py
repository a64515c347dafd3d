"""What must be in no message, log or result: keys, and signatures in URLs."""

from __future__ import annotations

import os
import re

_SECRET = re.compile(r"KEY|SECRET|TOKEN|SAS|PASSWORD|CREDENTIAL|CONNECTION_STRING", re.I)
_OF_CLOUDS = ("AWS_", "AZURE_", "GOOGLE_", "GCS_", "FSSPEC_")
_IN_TEXT = re.compile(
    r"((?:[?&;]|\b)(?:sig|signature|AccountKey|SharedAccessSignature|X-Amz-[A-Za-z-]+|"
    r"X-Goog-[A-Za-z-]+|access_token|AWSAccessKeyId)=)[^&\s\"'<>;]+",
    re.I,
)
_USER = re.compile(r"(\w://)[^/@\s]+@")
_SHORT = 6  # what is shorter is no key, and may be a word


def hidden(text: str) -> str:
    """The same text with every key of the environment, and every signature, taken out."""
    for name, value in os.environ.items():
        if name.startswith(_OF_CLOUDS) and _SECRET.search(name) and len(value) >= _SHORT:
            text = text.replace(value, "***")
    return _USER.sub(r"\1***@", _IN_TEXT.sub(r"\1***", text))
