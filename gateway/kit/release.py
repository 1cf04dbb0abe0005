"""The version of this release, and the names that contain it."""

from importlib.metadata import version

VERSION = version("killatamata")
GATEWAY_VERSION_HEADER, CLIENT_VERSION_HEADER = "X-Gateway-Version", "X-Client-Version"
CLIENT_WHEEL_PATH = f"/clients/killatamata-{VERSION}-py3-none-any.whl"
NPM_PACKAGE_PATH = f"/clients/killatamata-{VERSION}.tgz"
