from callcenter.runtime.log import redact


def test_private_fields_and_credentials_are_blanked() -> None:
    line = {
        "event": "x",
        "digits": "1234",
        "pii_number": "0912345678",
        "call_id": "a",
        "raw": "REGISTER sip:x SIP/2.0\r\nAuthorization: Digest response=abc\r\nTo: y\r\n",
    }
    assert redact(None, "info", line) == {
        "event": "x",
        "digits": "[redacted]",
        "pii_number": "[redacted]",
        "call_id": "a",
        "raw": "REGISTER sip:x SIP/2.0\r\nAuthorization: [redacted]\r\nTo: y\r\n",
    }
