from pathlib import Path

import pytest

from callcenter.config import Config, ConfigError, load_config

ROOT = Path(__file__).parents[3]


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    return str(caught.value)


def test_the_shipped_file_is_valid_and_shows_every_key() -> None:
    config = load_config(ROOT / "config.yaml")
    shown = (ROOT / "config.yaml").read_text(encoding="utf-8")
    missing = [
        f"{section}.{key}"
        for section, field in Config.model_fields.items()
        for key in (getattr(field.annotation, "model_fields", {}))
        if f"{key.rstrip('_')}:" not in shown
    ]
    assert missing == []
    assert config.media.port_range == (10000, 20000)


def test_an_empty_file_means_defaults(tmp_path: Path) -> None:
    assert load_config(write(tmp_path, "")).http.port == 8080


def test_relative_paths_start_at_the_file(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, "paths: {data: store}\ndatabase: {url: 'sqlite+aiosqlite:///store/x.db'}\n"))
    assert config.paths.data == tmp_path / "store"
    assert config.database.url == f"sqlite+aiosqlite:///{tmp_path}/store/x.db"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sip:\n  realm: a\n  colour: red\n", ":3: sip.colour: unknown key"),
        ("nonsense: 1\n", ":1: nonsense: unknown key"),
        ("http:\n  port: 99999\n", ":2: http.port: Input should be less than or equal to 65535"),
        ("deployment:\n  timezone: Mars/Base\n", ":2: deployment.timezone: unknown time zone 'Mars/Base'"),
        ("trunks:\n  - name: a\n    kind: ip\n", ":2: trunks.0: an ip trunk needs allow (networks) or host"),
        ("dids:\n  - number: '19'\n    flow: x\n    trunk: y\n", "number 19 names the unknown trunk 'y'"),
        ("media:\n  ports: 30-20\n", "ports must be LOW-HIGH"),
        ("sip:\n  digest_algorithms: [SHA-1]\n", ":2: sip.digest_algorithms.0: Input should be 'MD5' or 'SHA-256'"),
        ("sip:\n  digest_algorithms: []\n", ":2: sip.digest_algorithms: Tuple should have at least 1 item"),
        ("http:\n  port: 1\nhttp:\n  port: 2\n", ":3: http: key given twice"),
        ("- a\n", ":1: the file must hold keys and values"),
        ("a: [\n", "not valid YAML"),
        ("database:\n  url: mysql://x\n", "must begin with sqlite+aiosqlite://"),
    ],
)
def test_a_fault_names_its_line_and_key(tmp_path: Path, text: str, message: str) -> None:
    assert message in refusal(write(tmp_path, text))


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    assert len(refusal(write(tmp_path, "sip:\n  a: 1\n  b: 2\n")).splitlines()) == 2


def test_the_environment_overrides_and_is_named_when_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLCENTER_HTTP__PORT", "9999")
    assert load_config(write(tmp_path, "http: {port: 1234}\n")).http.port == 9999
    monkeypatch.setenv("CALLCENTER_HTTP__PORT", "many")
    assert "environment CALLCENTER_HTTP__PORT" in refusal(write(tmp_path, ""))


def test_a_missing_file_is_said_plainly(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "none.yaml")


def test_digest_offers_md5_unless_told_otherwise(tmp_path: Path) -> None:
    assert load_config(write(tmp_path, "")).sip.digest_algorithms == ("MD5",)
    both = load_config(write(tmp_path, "sip: {digest_algorithms: [SHA-256, MD5]}\n"))
    assert both.sip.digest_algorithms == ("SHA-256", "MD5")


@pytest.mark.parametrize(("written", "meant"), [("off", "off"), ("'off'", "off"), ("require", "require")])
def test_srtp_can_be_switched_off_in_plain_yaml(tmp_path: Path, written: str, meant: str) -> None:
    assert load_config(write(tmp_path, f"media:\n  srtp: {written}\n")).media.srtp == meant
