"""ONNX Runtime, imported so that it reports nothing to anybody.

From 1.32 on it writes a device id below the user's cache folder when it is imported, and uploads usage events. That can
only be kept from happening before the import, and by this variable; calling `disable_telemetry_events` is too late.
"""

from __future__ import annotations

import os
from typing import Any


def onnxruntime() -> Any:  # noqa: ANN401 - onnxruntime is untyped
    """The package `onnxruntime`. Every import of it goes through here."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime as package

    return package
