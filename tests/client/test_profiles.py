"""Key and address: arguments win over the environment, and that over stored profiles."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from killatamata import Client
from killatamata.errors import ConfigRefused
from killatamata.profiles import DEFAULT_BASE_URL, get_config_path, resolve_credentials

STORED_CONFIG = """
[profile.default]
api_key = "kt_test_kept"
base_url = "http://127.0.0.1:8787"

[profile.work]
api_key = "kt_live_work"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = get_config_path()
    file.parent.mkdir()
    file.write_text(STORED_CONFIG)
    file.chmod(0o600)
    return file


def test_without_anything_it_is_the_public_address_and_no_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert resolve_credentials(None, None) == (None, DEFAULT_BASE_URL)


def test_a_client_without_key_and_gateway_says_what_to_set_and_asks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(ConfigRefused, match="KT_API_BASE"):
        Client()
    with Client(base_url="http://127.0.0.1:9") as client:
        assert client.base_url == "http://127.0.0.1:9"


@pytest.mark.usefixtures("config")
def test_what_is_nearer_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve_credentials(None, None) == ("kt_test_kept", "http://127.0.0.1:8787")
    assert resolve_credentials(None, None, "work") == ("kt_live_work", DEFAULT_BASE_URL)
    monkeypatch.setenv("KT_API_KEY", "kt_test_environment")
    assert resolve_credentials(None, None)[0] == "kt_test_environment"
    assert resolve_credentials("kt_test_given", None)[0] == "kt_test_given"


@pytest.mark.usefixtures("config")
def test_a_kept_key_goes_only_to_the_address_it_is_kept_with() -> None:
    assert resolve_credentials(None, "https://elsewhere.example") == (
        None,
        "https://elsewhere.example",
    )
    assert resolve_credentials(None, "http://127.0.0.1:8787/")[0] == "kt_test_kept"


def test_a_file_that_others_can_read_is_refused_with_what_fixes_it(config: Path) -> None:
    config.chmod(0o644)
    with pytest.raises(ConfigRefused, match=f"chmod 600 {config}"):
        resolve_credentials(None, None)


def test_a_profile_that_is_not_there_and_a_file_that_is_no_toml_are_said_to_be_so(
    config: Path,
) -> None:
    with pytest.raises(ConfigRefused, match="no profile other"):
        resolve_credentials(None, None, "other")
    config.write_text("[")
    with pytest.raises(ConfigRefused, match="TOML"):
        resolve_credentials(None, None)


def test_a_key_is_stored_beside_any_comment_whatever_the_locale(config: Path) -> None:
    config.write_text(f"# für mich\n{STORED_CONFIG}", encoding="utf-8")
    code = (
        "from killatamata.cli.stored_profiles import store_profile;"
        "store_profile('default', api_key='kt_test_new', base_url='http://127.0.0.1:1')"
    )
    ascii_locale = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PATH": os.environ["PATH"]}
    environment = ascii_locale | {"XDG_CONFIG_HOME": str(config.parents[1])}
    subprocess.run([sys.executable, "-X", "utf8=0", "-c", code], env=environment, check=True)
    assert config.read_text(encoding="utf-8").startswith("# für mich\n")
    assert resolve_credentials(None, None) == ("kt_test_new", "http://127.0.0.1:1")
